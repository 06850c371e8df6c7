import type { Clock } from '@vitalgate/health';
import type { Deadlines } from '../upstream/deadlines.ts';
import { Door } from '../upstream/door.ts';
import { exchangeOnce } from '../upstream/exchange-once.ts';
import type { Guardrail, Note, Side, Webhook } from './guardrail.ts';

const MOST_ANSWER_BYTES = 64 * 1024;

export interface WebhookOptions {
  readonly url: URL;
  readonly timeoutMs: number;
  readonly mayBePrivate: boolean;
  /** Sent as a bearer credential. */
  readonly secret: string | undefined;
}

/**
 * Sends `{ guardrail, on, texts }` as JSON, and reads `{ "allow": true }` or `{ "allow": false }`.
 * Goes through a door of its own: no redirect, no private address unless that is meant.
 */
export function webhook(
  { url, timeoutMs, mayBePrivate, secret }: WebhookOptions,
  parts: { readonly clock: Clock; readonly deadlines: Deadlines },
): Webhook {
  const door = new Door({ origin: url, mayBePrivate });
  const headers = ['content-type', 'application/json', 'accept', 'application/json'];
  headers.push('accept-encoding', 'identity');
  if (secret !== undefined) headers.push('authorization', `Bearer ${secret}`);
  return {
    async ask(question) {
      const got = await exchangeOnce(
        door,
        {
          method: 'POST',
          path: url.pathname + url.search,
          headers,
          body: Buffer.from(JSON.stringify(question)),
          timeoutMs,
          mostBytes: MOST_ANSWER_BYTES,
        },
        parts,
      );
      return got?.status === 200 ? allowed(got.body) : undefined;
    },
    close: () => door.close(),
  };
}

function allowed(body: Buffer): boolean | undefined {
  try {
    const { allow } = JSON.parse(body.toString()) as { allow?: unknown };
    return typeof allow === 'boolean' ? allow : undefined;
  } catch {
    return undefined;
  }
}

/** Asks every guardrail that has somebody to ask, all at once. */
export async function askAll(
  { guardrails, side }: { readonly guardrails: readonly Guardrail[]; readonly side: Side },
  texts: readonly string[],
): Promise<{ notes: readonly Note[]; blockedBy: Guardrail | undefined }> {
  const asking = guardrails.flatMap((guardrail) =>
    guardrail.webhook === undefined ? [] : [{ guardrail, hook: guardrail.webhook }],
  );
  if (asking.length === 0) return { notes: [], blockedBy: undefined };
  const notes: Note[] = [];
  let blockedBy: Guardrail | undefined;
  const answers = await Promise.all(
    asking.map(({ hook, guardrail: { name } }) => hook.ask({ guardrail: name, on: side, texts })),
  );
  for (const [i, { guardrail }] of asking.entries()) {
    const answer = answers[i];
    if (answer === true) continue;
    const { name, action, onError } = guardrail;
    const kind = answer === undefined ? 'unanswered' : 'webhook';
    notes.push({ guardrail: name, side, action, kind, path: '', start: 0, length: 0 });
    const blocks = answer === undefined ? onError === 'block' : action === 'block';
    if (blocks) blockedBy ??= guardrail;
  }
  return { notes, blockedBy };
}
