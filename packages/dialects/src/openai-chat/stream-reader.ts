import { isJsonObject, listIn, objectIn, textIn, valueIn, wordIn } from '../fields.ts';
import { LineReader } from '../line-reader.ts';
import { readTokens } from '../logprobs.ts';
import { type BlockStart, malformed } from '../reply.ts';
import { plainSeal } from '../seal.ts';
import { SseLines } from '../sse.ts';
import { readJson, unknownUsage } from '../usage.ts';
import { FAILED_STOP } from '../watch.ts';
import { readCitation, readContent, readDetail, reasoningText } from './reply.ts';
import { FAILED, readStop } from './stops.ts';
import { readUsage } from './usage.ts';

/** A block of one choice that has begun and not ended. */
interface Open {
  readonly block: number;
  readonly kind: BlockStart['kind'];
}

interface ChoiceState {
  /** Text, reasoning or refusal: one at a time. */
  said: Open | undefined;
  /** Tool calls by the vendor's index or id: they may interleave. */
  readonly calls: Map<string, number>;
  lastCall: string | undefined;
  stopped: boolean;
}

/** Reads a stream of chat completion chunks (OpenAI API reference, "Streaming"). */
export class ChatReader extends LineReader {
  #blocks = 0;
  #started = false;
  readonly #choices = new Map<number, ChoiceState>();
  readonly #origin: string;

  constructor(origin: string) {
    super(SseLines);
    this.#origin = origin;
  }

  protected override line(bytes: Buffer, start: number, end: number): void {
    this.#data(bytes.toString('utf8', start, end));
  }

  #data(line: string): void {
    if (line.trimEnd() === '[DONE]') {
      this.#finish();
      return;
    }
    const chunk = readJson(line);
    if (!isJsonObject(chunk)) {
      this.emit(malformed);
      return;
    }
    // Mistral's errors are no field of a chunk, but stand in its place.
    const error = valueIn(chunk, 'object') === 'error' ? chunk : valueIn(chunk, 'error');
    if (error !== undefined && error !== null) {
      const kind = textIn(error, 'type') ?? 'error';
      const message = textIn(error, 'message') ?? 'the provider told an error';
      this.emit({ type: 'failure', kind, message });
      return;
    }
    // Azure's first chunk has no choices, no id and no model yet.
    if (!this.#started && listIn(chunk, 'choices').length > 0) {
      this.#started = true;
      const id = wordIn(chunk, 'id');
      this.emit({ type: 'start', id, model: wordIn(chunk, 'model') });
    }
    for (const choice of listIn(chunk, 'choices')) this.#choice(choice);
    const usage = readUsage(chunk);
    if (usage !== unknownUsage) this.emit({ type: 'usage', usage });
  }

  #choice(choice: unknown): void {
    const index = valueIn(choice, 'index');
    const number = typeof index === 'number' ? index : 0;
    const state = this.#stateOf(number);
    const delta = objectIn(choice, 'delta');
    if (delta !== undefined) this.#delta(delta, number, state);
    const tokens = readTokens(listIn(objectIn(choice, 'logprobs'), 'content'));
    if (tokens.length > 0) this.emit({ type: 'logprobs', choice: number, tokens });
    const reason = textIn(choice, 'finish_reason');
    if (reason === FAILED) {
      const message = textIn(objectIn(choice, 'error'), 'message') ?? 'the provider told an error';
      this.emit({ type: 'failure', kind: FAILED_STOP, message });
    } else if (reason !== undefined && reason !== '') this.#stop(number, state, reason);
  }

  #stateOf(choice: number): ChoiceState {
    let state = this.#choices.get(choice);
    if (state === undefined) {
      state = { said: undefined, calls: new Map(), lastCall: undefined, stopped: false };
      this.#choices.set(choice, state);
    }
    return state;
  }

  #delta(delta: object, choice: number, state: ChoiceState): void {
    this.#reasoning(delta, choice, state);
    for (const piece of readContent(delta)) {
      if (piece.kind === 'foreign') this.emit({ type: 'foreign', kind: piece.type });
      else this.#say(piece.kind, piece.text, choice, state);
    }
    const refusal = textIn(delta, 'refusal');
    if (refusal !== undefined && refusal !== '') this.#say('refusal', refusal, choice, state);
    for (const annotation of listIn(delta, 'annotations')) {
      const block = state.said?.block ?? this.#open('text', choice, state);
      for (const citation of readCitation(annotation)) {
        this.emit({ type: 'citation', block, citation });
      }
    }
    for (const call of listIn(delta, 'tool_calls')) this.#call(call, choice, state);
    const old = valueIn(delta, 'function_call');
    if (isJsonObject(old)) this.#call({ index: 0, function: old }, choice, state);
  }

  #reasoning(delta: object, choice: number, state: ChoiceState): void {
    const details = listIn(delta, 'reasoning_details');
    for (const detail of details) {
      const { text, seal } = readDetail(detail, this.#origin);
      const block = this.#openSaid('reasoning', choice, state);
      if (text !== '') this.emit({ type: 'delta', block, text });
      if (seal.data !== '') this.emit({ type: 'seal', block, seal });
    }
    if (details.length > 0) return;
    const text = reasoningText(delta);
    if (text !== undefined) this.#say('reasoning', text, choice, state);
  }

  #say(kind: 'text' | 'reasoning' | 'refusal', text: string, choice: number, state: ChoiceState) {
    const isNew = state.said?.kind !== kind;
    const block = this.#openSaid(kind, choice, state);
    this.emit({ type: 'delta', block, text });
    if (isNew && kind === 'reasoning') {
      this.emit({ type: 'seal', block, seal: plainSeal(this.#origin) });
    }
  }

  #openSaid(kind: Open['kind'], choice: number, state: ChoiceState): number {
    if (state.said?.kind === kind) return state.said.block;
    this.#closeSaid(state);
    return this.#open(kind, choice, state);
  }

  #open(kind: Open['kind'], choice: number, state: ChoiceState): number {
    const block = this.#blocks++;
    state.said = { block, kind };
    this.emit({ type: 'block-start', block, choice, kind });
    return block;
  }

  #closeSaid(state: ChoiceState): void {
    if (state.said === undefined) return;
    this.emit({ type: 'block-end', block: state.said.block });
    state.said = undefined;
  }

  /**
   * Vendors differ in how they tell parallel calls apart: by `index`, by `id` with every index 0,
   * or by neither, where a name begins the next one.
   */
  #call(call: unknown, choice: number, state: ChoiceState): void {
    const called = objectIn(call, 'function');
    const id = wordIn(call, 'id');
    const name = wordIn(called, 'name');
    const index = valueIn(call, 'index');
    const isOther = id !== undefined && !state.calls.has(`id ${id}`);
    const begins = name !== undefined && (isOther || !this.#isOpen(index, state));
    let key = this.#isOpen(index, state) ? `index ${String(index)}` : state.lastCall;
    if (id !== undefined && state.calls.has(`id ${id}`)) key = `id ${id}`;
    if (begins) {
      this.#closeSaid(state);
      const block = this.#blocks++;
      this.emit({ type: 'block-start', block, choice, kind: 'tool-call', id, name });
      key = `index ${typeof index === 'number' ? String(index) : `${block}`}`;
      state.calls.set(key, block);
      if (id !== undefined) state.calls.set(`id ${id}`, block);
    }
    state.lastCall = key;
    const block = key === undefined ? undefined : state.calls.get(key);
    if (block === undefined) return;
    const told = valueIn(called, 'arguments');
    const text = typeof told === 'string' ? told : isJsonObject(told) ? JSON.stringify(told) : '';
    if (text !== '') this.emit({ type: 'delta', block, text });
  }

  #isOpen(index: unknown, state: ChoiceState): boolean {
    return typeof index === 'number' && state.calls.has(`index ${index}`);
  }

  #stop(choice: number, state: ChoiceState, raw: string | undefined): void {
    if (state.stopped) return;
    state.stopped = true;
    this.#closeSaid(state);
    // In the order in which they began: one may have taken the index of another.
    const blocks = new Set([...state.calls.values()].toSorted((a, b) => a - b));
    for (const block of blocks) this.emit({ type: 'block-end', block });
    this.emit({ type: 'stop', choice, stop: readStop(raw, blocks.size > 0) });
  }

  #finish(): void {
    // The word that ends a chat is no proof that there was one.
    if (this.#choices.size === 0) this.emit(malformed);
    // Some servers deliver everything but a reason to stop.
    for (const [choice, state] of this.#choices) this.#stop(choice, state, undefined);
    this.emit({ type: 'finish' });
  }
}
