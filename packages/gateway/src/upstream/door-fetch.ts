import type { Clock } from '@vitalgate/health';
import type { Deadlines } from './deadlines.ts';
import { Door } from './door.ts';
import { exchangeOnce } from './exchange-once.ts';

const TIMEOUT_MS = 10_000;
const MOST_BYTES = 1024 * 1024;

interface Asked {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Forms, as text. */
  readonly body?: unknown;
}

/** For libraries that want a `fetch`: the same, through the outbound door, without redirects. */
export function doorFetch(
  parts: { readonly clock: Clock; readonly deadlines: Deadlines },
  mayBePrivate: boolean,
): (address: string, asked: Asked) => Promise<Response> {
  return async (address, { method, headers, body }) => {
    const url = new URL(address);
    const door = new Door({ origin: url, mayBePrivate });
    try {
      const text = body instanceof URLSearchParams ? body.toString() : body;
      const got = await exchangeOnce(
        door,
        {
          method: method === 'POST' ? 'POST' : 'GET',
          path: url.pathname + url.search,
          headers: Object.entries({ ...headers, 'accept-encoding': 'identity' }).flat(),
          body: typeof text === 'string' ? Buffer.from(text) : null,
          timeoutMs: TIMEOUT_MS,
          mostBytes: MOST_BYTES,
        },
        parts,
      );
      if (got === undefined) throw new TypeError(`${url.origin} does not answer`);
      const fields = Object.entries(got.headers).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, String(value)] as [string, string]],
      );
      return new Response(new Uint8Array(got.body), { status: got.status, headers: fields });
    } finally {
      door.close();
    }
  };
}
