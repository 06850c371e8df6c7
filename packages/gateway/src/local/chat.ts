import {
  type Block,
  type Intent,
  readJson,
  type Reply,
  type ReplyBlock,
  RequestError,
  type StopReason,
  type StreamEvent,
  unknownUsage,
} from '@vitalgate/dialects';
import type { Generated, HistoryCall, HistoryItem, Llama, LlamaChat, Sequence } from './llama.ts';

/** What llama.cpp's own server takes where nobody says (its README, "temp"). */
const TEMPERATURE = 0.8;

export interface Opened {
  readonly llama: Llama;
  readonly chat: LlamaChat;
  readonly sequence: Sequence;
}

/**
 * Asks the model, and tells what it says as it says it.
 *
 * @throws {RequestError} when it is asked for what it cannot do
 */
export async function say(
  { llama, chat, sequence }: Opened,
  intent: Intent,
  signal: AbortSignal,
  tell: (event: StreamEvent) => void,
): Promise<void> {
  const { params, format, toolChoice } = intent;
  const history = historyOf(intent);
  const functions = functionsOf(intent);
  const grammar = format === undefined ? undefined : await grammarOf(llama, format.schema);
  if (grammar !== undefined && functions !== undefined && toolChoice?.type !== 'none') {
    throw new RequestError(format?.path ?? 'response_format', format, 'no tools beside it');
  }
  const before = sequence.tokenMeter.getState();
  const told = new Telling(tell);
  const answer = await chat.generateResponse(history, {
    maxTokens: params.maxTokens,
    temperature: params.temperature ?? TEMPERATURE,
    topP: params.topP,
    topK: params.topK,
    seed: params.seed,
    customStopTriggers: params.stop,
    ...(grammar === undefined ? { functions } : { grammar }),
    ...(params.parallelTools === false ? { maxParallelFunctionCalls: 1 } : {}),
    signal,
    stopOnAbortSignal: true,
    onResponseChunk: ({ text, segmentType }: { text: string; segmentType?: string }) =>
      told.piece(segmentType === 'thought' ? 'reasoning' : 'text', text),
  });
  told.calls(answer);
  const { usedInputTokens, usedOutputTokens: output } = sequence.tokenMeter.diff(before);
  // What it has read before of this conversation it does not read again.
  const input = Math.max(usedInputTokens, sequence.contextTokens.length - output);
  const cached = input - usedInputTokens;
  tell({ type: 'usage', usage: { ...unknownUsage, input, cached, output } });
  const raw = answer.metadata.stopReason;
  tell({ type: 'stop', choice: 0, stop: { reason: stops[raw] ?? 'end', raw } });
  tell({ type: 'finish' });
}

const stops: Readonly<Record<string, StopReason>> = {
  maxTokens: 'length',
  functionCalls: 'tool-call',
  customStopTrigger: 'stop-sequence',
};

/** Turns what the model says into blocks, one after the other. */
class Telling {
  readonly #tell: (event: StreamEvent) => void;
  #block = -1;
  #kind: 'text' | 'reasoning' | undefined;

  constructor(tell: (event: StreamEvent) => void) {
    this.#tell = tell;
  }

  piece(kind: 'text' | 'reasoning', text: string): void {
    if (text === '') return;
    if (this.#kind !== kind) {
      this.#close();
      this.#kind = kind;
      this.#block += 1;
      this.#tell({ type: 'block-start', block: this.#block, choice: 0, kind });
    }
    this.#tell({ type: 'delta', block: this.#block, text });
  }

  calls({ functionCalls = [] }: Generated): void {
    this.#close();
    for (const { functionName: name, params } of functionCalls) {
      const block = (this.#block += 1);
      this.#tell({ type: 'block-start', block, choice: 0, kind: 'tool-call', name });
      this.#tell({ type: 'delta', block, text: JSON.stringify(params ?? {}) });
      this.#tell({ type: 'block-end', block });
    }
  }

  #close(): void {
    if (this.#kind !== undefined) this.#tell({ type: 'block-end', block: this.#block });
    this.#kind = undefined;
  }
}

/** The events of a stream as one answer. */
export function replyOf(events: readonly StreamEvent[], model: string): Reply {
  const blocks: ReplyBlock[] = [];
  let usage = unknownUsage;
  let stop: Reply['choices'][number]['stop'] = { reason: 'other', raw: undefined };
  for (const event of events) {
    if (event.type === 'block-start') {
      const { kind, name = '' } = event;
      blocks.push(
        kind === 'tool-call' ? { kind, id: undefined, name, arguments: '' } : { kind, text: '' },
      );
    } else if (event.type === 'delta') {
      const last = blocks.at(-1);
      if (last?.kind === 'tool-call') {
        blocks[blocks.length - 1] = { ...last, arguments: last.arguments + event.text };
      } else if (last?.kind === 'text' || last?.kind === 'reasoning') {
        blocks[blocks.length - 1] = { ...last, text: last.text + event.text };
      }
    } else if (event.type === 'usage') usage = event.usage;
    else if (event.type === 'stop') ({ stop } = event);
  }
  return { id: undefined, model, choices: [{ blocks, stop }], usage };
}

/** A conversation as node-llama-cpp has it: results of tools stand in the calls themselves. */
function historyOf({ turns }: Intent): HistoryItem[] {
  const history: HistoryItem[] = [];
  const calls = new Map<string, HistoryCall>();
  for (const { role, blocks } of turns) {
    if (role === 'assistant') {
      const response = blocks.flatMap((block) => said(block, calls));
      history.push({ type: 'model', response });
      continue;
    }
    const results = blocks.filter((block) => block.kind === 'tool-result');
    for (const result of results) {
      const call = calls.get(result.id);
      if (call === undefined) throw new RequestError(result.path, result.id, 'the id of a call');
      call.result = result.content.map(textOf).join('\n');
    }
    const texts = blocks.filter((block) => block.kind !== 'tool-result').map(textOf);
    if (texts.length > 0) history.push({ type: role, text: texts.join('\n') });
  }
  if (history.at(-1)?.type !== 'model') history.push({ type: 'model', response: [] });
  return history;
}

function said(block: Block, calls: Map<string, HistoryCall>): (string | HistoryCall)[] {
  if (block.kind === 'reasoning') return [];
  if (block.kind !== 'tool-call') return [textOf(block)];
  const call: HistoryCall = {
    type: 'functionCall',
    name: block.name,
    params: readJson(block.arguments) ?? {},
    result: '',
  };
  calls.set(block.id, call);
  return [call];
}

function textOf(block: Block): string {
  if (block.kind === 'text' || block.kind === 'refusal') return block.text;
  throw new RequestError(block.path, block.kind, 'text, for this model reads nothing else');
}

function functionsOf({ tools, toolChoice }: Intent): object | undefined {
  if (toolChoice?.type === 'required' || toolChoice?.type === 'tool') {
    throw new RequestError(toolChoice.path, toolChoice.type, 'auto or none');
  }
  if (tools.length === 0 || toolChoice?.type === 'none') return undefined;
  return Object.fromEntries(
    tools.map((tool) => {
      if (tool.kind !== 'function') throw new RequestError(tool.path, tool.type, 'a function');
      const { name, description, schema } = tool;
      return [name, { description, params: schema }];
    }),
  );
}

async function grammarOf(llama: Llama, schema: object | undefined): Promise<object> {
  if (schema === undefined) return llama.getGrammarFor('json');
  return llama.createGrammarForJsonSchema(schema);
}
