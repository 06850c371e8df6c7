import { DRILL_KEY } from './rig.ts';

const PROMPT = 'This is a drill: tell me about the harbour.';
const MOST_TOKENS = 60;

interface Caller {
  readonly path: (model: string, streamed: boolean) => string;
  readonly body: (model: string, streamed: boolean) => object;
  /** Whether a parsed whole answer has content. */
  readonly isWhole: (answer: Readonly<Record<string, unknown>>) => boolean;
  /** How a stream says that it is whole, and that it is not. */
  readonly isTerminal: RegExp;
  readonly isError: RegExp;
}

const isFilled = (value: unknown) => Array.isArray(value) && value.length > 0;
const messages = [{ role: 'user', content: PROMPT }];

export type CallerDialect =
  | 'openai-chat'
  | 'openai-responses'
  | 'anthropic'
  | 'gemini'
  | 'ollama'
  | 'bedrock';

const callers: Readonly<Record<CallerDialect, Caller>> = {
  'openai-chat': {
    path: () => '/v1/chat/completions',
    body: (model, stream) => ({ model, stream, max_tokens: MOST_TOKENS, messages }),
    isWhole: ({ choices }) => isFilled(choices),
    isTerminal: /^data: \[DONE\]/m,
    isError: /^data: \{"error"/m,
  },
  'openai-responses': {
    path: () => '/v1/responses',
    body: (model, stream) => ({ model, stream, max_output_tokens: MOST_TOKENS, input: PROMPT }),
    isWhole: ({ output }) => isFilled(output),
    isTerminal: /^event: response\.(?:completed|incomplete)/m,
    isError: /^event: (?:error|response\.failed)/m,
  },
  anthropic: {
    path: () => '/v1/messages',
    body: (model, stream) => ({ model, stream, max_tokens: MOST_TOKENS, messages }),
    isWhole: ({ content }) => isFilled(content),
    isTerminal: /"message_stop"/,
    isError: /^event: error/m,
  },
  gemini: {
    path: (model, streamed) =>
      `/v1beta/models/${model}:${streamed ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    body: () => ({
      contents: [{ role: 'user', parts: [{ text: PROMPT }] }],
      generationConfig: { maxOutputTokens: MOST_TOKENS },
    }),
    isWhole: ({ candidates }) => isFilled(candidates),
    isTerminal: /"finishReason"/,
    isError: /^data: \{"error"/m,
  },
  ollama: {
    path: () => '/api/chat',
    body: (model, stream) => ({ model, stream, messages, options: { num_predict: MOST_TOKENS } }),
    isWhole: ({ message, done }) => message !== undefined && done === true,
    isTerminal: /"done":true/,
    isError: /^\{"error"/m,
  },
  bedrock: {
    path: (model, streamed) => `/model/${model}/${streamed ? 'converse-stream' : 'converse'}`,
    body: () => ({
      messages: [{ role: 'user', content: [{ text: PROMPT }] }],
      inferenceConfig: { maxTokens: MOST_TOKENS },
    }),
    isWhole: ({ output }) => output !== undefined,
    isTerminal: /messageStop/,
    isError: /:exception-type/,
  },
};

export const callerDialects: readonly CallerDialect[] = Object.keys(callers) as CallerDialect[];

/** What a caller was given. `lied` is the one thing that must never be. */
export interface Outcome {
  readonly verdict: 'served' | 'told' | 'lied';
  /** HTTP status and, if told, the code; for people. */
  readonly detail: string;
  readonly target: string;
  readonly ms: number;
}

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
  const { path, body, isWhole, isTerminal, isError } = callers[dialect];
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(url + path(encodeURIComponent(model), streamed), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${DRILL_KEY}`,
        ...(dialect === 'anthropic' ? { 'anthropic-version': '2023-06-01' } : {}),
      },
      body: JSON.stringify(body(model, streamed)),
    });
    // Frames of an event stream are no text; their names are read all the same.
    text = Buffer.from(await answer.arrayBuffer()).toString('latin1');
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
    return isWholeAnswer(text, isWhole)
      ? outcome('served', '200', target)
      : outcome('lied', '200 with a body that is no answer', target);
  }
  const isEnded = isTerminal.test(text);
  const hasError = isError.test(text);
  if (isEnded && !hasError) return outcome('served', '200', target);
  if (hasError && !isEnded) return outcome('told', '200, then an error event', target);
  return outcome('lied', isEnded ? 'an error, and then the end' : 'ended without a word', target);
}

function isWholeAnswer(text: string, isWhole: Caller['isWhole']): boolean {
  try {
    return isWhole(JSON.parse(text) as Readonly<Record<string, unknown>>);
  } catch {
    return false;
  }
}
