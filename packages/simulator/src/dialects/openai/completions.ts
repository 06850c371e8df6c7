import { isObject, isString, type JsonObject, stringOf } from '../../json.ts';
import type { Answer, Ask } from '../../toy/ask.ts';
import { compose } from '../../toy/compose.ts';
import { estimateTokens, piecesOf } from '../../toy/tokens.ts';
import type { Call, Frame, House, Reply } from '../dialect.ts';
import { fingerprint, finishReason } from './answer.ts';
import { numberOf, stopsOf } from './request.ts';
import { checkModel, checkStop, checkStreamOptions, checkWithin } from './rules.ts';

/** `POST /v1/completions`, OpenAI's older way: text goes on where the prompt ends. */
export function completions(call: Call, house: House): Reply {
  const { body } = call;
  check(body);
  const prompts = promptsOf(body['prompt']);
  const n = numberOf(body['n']) ?? 1;
  const echoes = body['echo'] === true;
  const choices = prompts.flatMap(({ text }) =>
    Array.from({ length: n }, (_, index) => {
      const ask = askOf(body, text, index);
      const answer = compose(ask, house.seed, call.hugeBytes);
      return { answer, text: echoes ? text + answer.text : answer.text };
    }),
  );
  const prompted = prompts.reduce((sum, prompt) => sum + prompt.tokens, 0);
  const completed = choices.reduce((sum, { answer }) => sum + answer.outputTokens, 0);
  const completion: Completion = {
    id: call.ids.id('cmpl-', 29),
    created: Math.floor(call.wall / 1000),
    model: stringOf(body['model']),
    choices,
    usage: {
      prompt_tokens: prompted,
      completion_tokens: completed,
      total_tokens: prompted + completed,
    },
  };
  if (body['stream'] !== true) {
    return { kind: 'whole', body: bodyOf(completion), tokens: completed };
  }
  const options = body['stream_options'];
  const includeUsage = isObject(options) && options['include_usage'] === true;
  return {
    kind: 'stream',
    contentType: 'text/event-stream',
    frames: framesOf(completion, includeUsage),
  };
}

interface Completion {
  readonly id: string;
  readonly created: number;
  readonly model: string;
  readonly choices: readonly { readonly answer: Answer; readonly text: string }[];
  readonly usage: Readonly<Record<string, number>>;
}

function check(body: JsonObject): void {
  checkModel(body);
  checkWithin(body, 'max_tokens', 0, Infinity, 'integer');
  checkWithin(body, 'temperature', 0, 2, 'decimal');
  checkWithin(body, 'n', 1, 128, 'integer');
  checkStop(body['stop']);
  checkStreamOptions(body);
}

/** What the API generates when nothing is said about it. */
const usualTokens = 16;

const askOf = (body: JsonObject, prompt: string, index: number): Ask => ({
  model: stringOf(body['model']),
  userText: prompt,
  toolResults: [],
  attachments: [],
  tools: [],
  toolChoice: 'none',
  parallelTools: false,
  speaksBeforeTools: false,
  format: 'text',
  maxTokens: numberOf(body['max_tokens']) ?? usualTokens,
  stop: stopsOf(body['stop']),
  reasoning: 'none',
  variation: `${numberOf(body['seed']) ?? ''}/${index}`,
});

interface Prompt {
  readonly text: string;
  readonly tokens: number;
}

/** A prompt is a text, a list of texts, a list of tokens or a list of those. */
function promptsOf(prompt: unknown): readonly Prompt[] {
  if (isString(prompt)) return [{ text: prompt, tokens: estimateTokens(prompt.length) }];
  if (!Array.isArray(prompt) || prompt.length === 0) return [{ text: '', tokens: 1 }];
  if (prompt.every(Number.isInteger)) return [{ text: '', tokens: prompt.length }];
  return prompt.flatMap(promptsOf);
}

function bodyOf({ id, created, model, choices, usage }: Completion): string {
  return JSON.stringify({
    id,
    object: 'text_completion',
    created,
    model,
    choices: choices.map(({ answer, text }, index) => ({
      text,
      index,
      logprobs: null,
      finish_reason: finishReason(answer),
    })),
    usage,
    system_fingerprint: fingerprint,
  });
}

function* framesOf(completion: Completion, includeUsage: boolean): Generator<Frame> {
  const { id, created, model, choices, usage } = completion;
  const shared = { id, object: 'text_completion', created, model, system_fingerprint: fingerprint };
  const chunk = (chosen: readonly object[], closing: object, tokens: number): Frame => ({
    data: `data: ${JSON.stringify({ ...shared, choices: chosen, ...closing })}\n\n`,
    tokens,
  });
  const open = includeUsage ? { usage: null } : {};
  for (const [index, { answer, text }] of choices.entries()) {
    for (const piece of piecesOf(text)) {
      yield chunk([{ text: piece, index, logprobs: null, finish_reason: null }], open, 1);
    }
    const finish_reason = finishReason(answer);
    yield chunk([{ text: '', index, logprobs: null, finish_reason }], open, 0);
  }
  if (includeUsage) yield chunk([], { usage }, 0);
  yield { data: 'data: [DONE]\n\n', tokens: 0 };
}
