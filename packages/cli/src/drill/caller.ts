import { DRILL_KEY } from './rig.ts';

export const callerDialects = ['openai-chat', 'anthropic'] as const;
export type CallerDialect = (typeof callerDialects)[number];

/** What a caller was given. `lied` is the one thing that must never be. */
export interface Outcome {
  readonly verdict: 'served' | 'told' | 'lied';
  /** HTTP status and, if told, the code; for people. */
  readonly detail: string;
  readonly target: string;
  readonly ms: number;
}

const paths = { 'openai-chat': '/v1/chat/completions', anthropic: '/v1/messages' } as const;

/** How each dialect says that a stream is whole, and that it is not. */
const terminal = { 'openai-chat': 'data: [DONE]', anthropic: '"message_stop"' } as const;

/** Calls a model once, as a client of a dialect would, and judges what came back. */
export async function callOnce(
  url: string,
  dialect: CallerDialect,
  model: string,
  streamed: boolean,
): Promise<Outcome> {
  const started = performance.now();
  const outcome = (verdict: Outcome['verdict'], detail: string, target = ''): Outcome => ({
    verdict,
    detail,
    target,
    ms: performance.now() - started,
  });
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(url + paths[dialect], {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${DRILL_KEY}`,
        ...(dialect === 'anthropic' ? { 'anthropic-version': '2023-06-01' } : {}),
      },
      body: JSON.stringify({
        model,
        stream: streamed,
        max_tokens: 60,
        messages: [{ role: 'user', content: 'This is a drill: tell me about the harbour.' }],
      }),
    });
    text = await answer.text();
  } catch {
    // A connection that is cut is no success to any client.
    return outcome('told', 'connection closed');
  }
  const target = answer.headers.get('x-vitalgate-target') ?? '';
  if (!answer.ok) {
    const code = /"code":"([a-z_]+)"/.exec(text)?.[1] ?? '';
    return outcome('told', `${answer.status} ${code}`.trim(), target);
  }
  if (!streamed) {
    return isWholeAnswer(text)
      ? outcome('served', '200', target)
      : outcome('lied', '200 with a body that is no answer', target);
  }
  const isWhole = text.includes(terminal[dialect]);
  const hasError = text.includes('"error"');
  if (isWhole && !hasError) return outcome('served', '200', target);
  if (hasError && !isWhole) return outcome('told', '200, then an error event', target);
  return outcome('lied', isWhole ? 'an error, and then the end' : 'ended without a word', target);
}

function isWholeAnswer(text: string): boolean {
  try {
    const answer = JSON.parse(text) as { choices?: unknown[]; content?: unknown[] };
    return (answer.choices ?? answer.content ?? []).length > 0;
  } catch {
    return false;
  }
}
