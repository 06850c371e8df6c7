import type { JsonObject, Seal } from '../intent.ts';
import { isJsonObject, listIn, objectIn, textIn, valueIn, wordIn } from '../fields.ts';
import { tryJson } from '../json.ts';
import { LineReader } from '../line-reader.ts';
import { type BlockStart, malformed } from '../reply.ts';
import { SseLines } from '../sse.ts';
import { unknownUsage } from '../usage.ts';
import { plainSeal } from '../seal.ts';
import { readCitations } from './citations.ts';
import { readLogprobs } from './logprobs.ts';
import { PartialCall } from './partial-call.ts';
import { blockReason, sealOf } from './reply.ts';
import { readStop } from './stops.ts';
import { readUsage } from './usage.ts';

interface OpenBlock {
  readonly block: number;
  readonly kind: BlockStart['kind'];
  /** Of a call whose arguments come in pieces. */
  readonly call?: PartialCall | undefined;
}

interface CandidateState {
  open: OpenBlock | undefined;
  hasCalls: boolean;
  stopped: boolean;
}

/**
 * Reads a stream of generateContent. It has no terminal event: it is whole when it ends after a
 * reason to stop.
 */
export class GeminiReader extends LineReader {
  #blocks = 0;
  #started = false;
  readonly #candidates = new Map<number, CandidateState>();
  readonly #origin: string;

  constructor(origin: string) {
    super(SseLines);
    this.#origin = origin;
  }

  protected override line(bytes: Buffer, start: number, end: number): void {
    this.#chunk(bytes.toString('utf8', start, end));
  }

  protected override atEnd(): void {
    const all = [...this.#candidates.values()];
    if (all.length > 0 && all.every(({ stopped }) => stopped)) this.emit({ type: 'finish' });
  }

  #chunk(line: string): void {
    // Arguments are objects here, and their numbers keep their digits.
    const chunk = tryJson(line);
    if (!isJsonObject(chunk)) {
      this.emit(malformed);
      return;
    }
    const error = objectIn(chunk, 'error');
    if (error !== undefined) {
      const kind = wordIn(error, 'status') ?? 'error';
      const message = textIn(error, 'message') ?? 'the provider told an error';
      this.emit({ type: 'failure', kind, message });
      return;
    }
    if (!this.#started) {
      this.#started = true;
      const model = wordIn(chunk, 'modelVersion');
      this.emit({ type: 'start', id: wordIn(chunk, 'responseId'), model });
    }
    for (const candidate of listIn(chunk, 'candidates')) this.#candidate(candidate);
    const usage = readUsage(chunk);
    if (usage !== unknownUsage) this.emit({ type: 'usage', usage });
    const blocked = blockReason(chunk);
    if (blocked !== undefined) {
      this.#stateOf(0).stopped = true;
      this.emit({ type: 'stop', choice: 0, stop: blocked });
    }
  }

  #stateOf(choice: number): CandidateState {
    let state = this.#candidates.get(choice);
    if (state === undefined) {
      state = { open: undefined, hasCalls: false, stopped: false };
      this.#candidates.set(choice, state);
    }
    return state;
  }

  #candidate(candidate: unknown): void {
    const index = valueIn(candidate, 'index');
    const choice = typeof index === 'number' ? index : 0;
    const state = this.#stateOf(choice);
    for (const part of listIn(objectIn(candidate, 'content'), 'parts')) {
      this.#part(part, choice, state);
    }
    this.#cite(candidate, state);
    const tokens = readLogprobs(candidate);
    if (tokens.length > 0) this.emit({ type: 'logprobs', choice, tokens });
    const raw = wordIn(candidate, 'finishReason');
    if (raw === undefined || state.stopped) return;
    state.stopped = true;
    this.#close(state);
    this.emit({ type: 'stop', choice, stop: readStop(raw, state.hasCalls) });
  }

  #part(part: unknown, choice: number, state: CandidateState): void {
    const text = textIn(part, 'text');
    const seal = sealOf(part, this.#origin);
    if (text !== undefined) {
      const kind = valueIn(part, 'thought') === true ? 'reasoning' : 'text';
      if (text === '' && seal === undefined) return;
      const isNew = state.open?.kind !== kind;
      const block = this.#open(kind, choice, state);
      if (text !== '') this.emit({ type: 'delta', block, text });
      if (seal !== undefined) this.emit({ type: 'seal', block, seal });
      else if (kind === 'reasoning' && isNew) {
        this.emit({ type: 'seal', block, seal: plainSeal(this.#origin) });
      }
      return;
    }
    const call = objectIn(part, 'functionCall');
    if (call !== undefined) {
      this.#call(call, seal, choice, state);
      return;
    }
    const [kind] = Object.keys(isJsonObject(part) ? part : {});
    if (kind !== undefined) this.emit({ type: 'foreign', kind });
  }

  #call(call: JsonObject, seal: Seal | undefined, choice: number, state: CandidateState): void {
    const name = wordIn(call, 'name');
    const goesOn = valueIn(call, 'willContinue') === true;
    if (name === undefined) {
      state.open?.call?.add(call);
      if (!goesOn) this.#close(state);
      return;
    }
    this.#close(state);
    state.hasCalls = true;
    const block = this.#blocks++;
    const id = wordIn(call, 'id');
    this.emit({ type: 'block-start', block, choice, kind: 'tool-call', id, name, seal });
    const partial = new PartialCall();
    partial.add(call);
    if (goesOn || !isJsonObject(valueIn(call, 'args'))) {
      state.open = { block, kind: 'tool-call', call: partial };
      if (!goesOn) this.#close(state);
      return;
    }
    const text = JSON.stringify(valueIn(call, 'args'));
    this.emit({ type: 'delta', block, text }, { type: 'block-end', block });
  }

  #cite(candidate: unknown, { open }: CandidateState): void {
    const citations = readCitations(candidate);
    if (citations.length === 0) return;
    if (open?.kind !== 'text') {
      this.emit({ type: 'foreign', kind: 'groundingMetadata' });
      return;
    }
    const { block } = open;
    for (const citation of citations) this.emit({ type: 'citation', block, citation });
  }

  #open(kind: 'text' | 'reasoning', choice: number, state: CandidateState): number {
    if (state.open?.kind === kind) return state.open.block;
    this.#close(state);
    const block = this.#blocks++;
    state.open = { block, kind };
    this.emit({ type: 'block-start', block, choice, kind });
    return block;
  }

  #close(state: CandidateState): void {
    if (state.open === undefined) return;
    const { block, call } = state.open;
    if (call !== undefined) this.emit({ type: 'delta', block, text: call.text });
    this.emit({ type: 'block-end', block });
    state.open = undefined;
  }
}
