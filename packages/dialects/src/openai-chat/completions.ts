import type { Asked, Speaker, StreamWriter } from '../codec.ts';
import { RequestError } from '../errors.ts';
import { Fields } from '../fields.ts';
import type { Extra, Intent } from '../intent.ts';
import type { Reply, ReplyBlock, StreamEvent } from '../reply.ts';
import { mergeUsage, unknownUsage, type Usage } from '../usage.ts';
import { readParams, readStreamOptions } from './read-request.ts';
import { writeStop } from './stops.ts';
import { writeUsage } from './usage.ts';

/**
 * Completions (OpenAI API reference, "Completions"), for providers that only chat: the prompt is a
 * message of the user, and the answer is the text that goes on.
 */
export function readCompletion({ body }: Asked): Intent {
  const extras: Extra[] = [];
  const fields = Fields.of(body, '', extras);
  const suffix = fields.string('suffix') ?? '';
  if (suffix !== '') {
    const needed = 'nothing: this provider does not fill in between two texts';
    extras.push({ path: 'suffix', value: suffix, needed });
  }
  if (fields.boolean('echo') === true) {
    extras.push({
      path: 'echo',
      value: true,
      needed: 'false: this provider gives the answer alone',
    });
  }
  const best = fields.number('best_of') ?? 1;
  if (best > 1) extras.push({ path: 'best_of', value: best });
  // Here it is a number, and in chats a flag beside one.
  const logprobs = fields.number('logprobs');
  if (logprobs !== undefined) extras.push({ path: 'logprobs', value: logprobs });
  const path = 'prompt';
  const block = { kind: 'text', text: readPrompt(fields.raw(path)), path } as const;
  const intent: Intent = {
    from: 'openai-chat',
    form: 'completions',
    model: fields.needString('model'),
    stream: fields.boolean('stream') ?? false,
    showUsage: readStreamOptions(fields),
    turns: [{ role: 'user', blocks: [block], path }],
    tools: [],
    toolChoice: undefined,
    format: undefined,
    ...readParams(fields),
    extras,
  };
  fields.done();
  return intent;
}

function readPrompt(prompt: unknown): string {
  const one: unknown = Array.isArray(prompt) && prompt.length === 1 ? prompt[0] : prompt;
  if (typeof one === 'string') return one;
  throw new RequestError('prompt', prompt, 'one text, since this provider chats');
}

const textOf = (blocks: readonly ReplyBlock[]): string =>
  blocks.map((block) => (block.kind === 'text' ? block.text : '')).join('');

/** Writes a completion; what is no text has no place in it. */
export function writeCompletion(reply: Reply, as: Speaker): string {
  const lost = reply.choices.flatMap(({ blocks }) => blocks).filter(({ kind }) => kind !== 'text');
  for (const { kind } of lost) as.losses.dropped('answer', `${kind} has no form in this dialect`);
  return JSON.stringify({
    id: reply.id ?? `cmpl-${as.id}`,
    object: 'text_completion',
    created: as.created,
    model: as.model,
    choices: reply.choices.map(({ blocks, stop }, index) => ({
      text: textOf(blocks),
      index,
      logprobs: null,
      finish_reason: writeStop(stop),
    })),
    usage: writeUsage(reply.usage),
  });
}

/** Writes a stream of pieces of a completion. */
export class CompletionWriter implements StreamWriter {
  readonly #as: Speaker;
  /** Choices of the blocks that are text. */
  readonly #texts = new Map<number, number>();
  #id: string;
  #usage: Usage = unknownUsage;

  constructor(as: Speaker) {
    this.#as = as;
    this.#id = `cmpl-${as.id}`;
  }

  write(event: StreamEvent): string {
    switch (event.type) {
      case 'start':
        this.#id = event.id ?? this.#id;
        return '';
      case 'block-start':
        if (event.kind === 'text') this.#texts.set(event.block, event.choice);
        return '';
      case 'delta': {
        const index = this.#texts.get(event.block);
        return index === undefined ? '' : this.#piece(event.text, index, null);
      }
      case 'usage':
        this.#usage = mergeUsage(this.#usage, event.usage);
        return '';
      case 'stop':
        return this.#piece('', event.choice, writeStop(event.stop));
      case 'ping':
        return ': ping\n\n';
      case 'finish': {
        const usage = this.#as.showUsage ? writeUsage(this.#usage) : undefined;
        return `${usage === undefined ? '' : this.#frame([], usage)}data: [DONE]\n\n`;
      }
      default:
        return '';
    }
  }

  #piece(text: string, index: number, finish_reason: string | null): string {
    return this.#frame([{ text, index, logprobs: null, finish_reason }], undefined);
  }

  #frame(choices: readonly object[], usage: object | undefined): string {
    const { created, model } = this.#as;
    const object = 'text_completion';
    return `data: ${JSON.stringify({ id: this.#id, object, created, model, choices, usage })}\n\n`;
  }
}
