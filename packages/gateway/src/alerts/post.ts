import type { Clock } from '@vitalgate/health';
import type { Deadlines } from '../upstream/deadlines.ts';
import { Door } from '../upstream/door.ts';
import { exchangeOnce } from '../upstream/exchange-once.ts';
import type { Refusal } from './notice.ts';

const TIMEOUT_MS = 10_000;
const MOST_ANSWER_BYTES = 64 * 1024;

export interface SendParts {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
}

/** Posts JSON through a door of its own; undefined when it was taken. */
export async function postJson(
  url: URL,
  body: string,
  fields: Readonly<Record<string, string>>,
  mayBePrivate: boolean,
  parts: SendParts,
): Promise<Refusal | undefined> {
  const door = new Door({ origin: url, mayBePrivate });
  try {
    const headers = {
      'content-type': 'application/json',
      'accept-encoding': 'identity',
      ...fields,
    };
    const got = await exchangeOnce(
      door,
      {
        method: 'POST',
        path: url.pathname + url.search,
        headers: Object.entries(headers).flat(),
        body: Buffer.from(body),
        timeoutMs: TIMEOUT_MS,
        mostBytes: MOST_ANSWER_BYTES,
      },
      parts,
    );
    if (got === undefined) {
      return { problem: `no answer within ${TIMEOUT_MS / 1000} s`, isFinal: false };
    }
    const { status } = got;
    if (status >= 200 && status < 300) return undefined;
    const mayChange = status >= 500 || status === 408 || status === 425 || status === 429;
    return { problem: `answered with HTTP ${status}`, isFinal: !mayChange };
  } finally {
    door.close();
  }
}
