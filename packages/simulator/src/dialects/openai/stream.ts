import { piecesOf } from '../../toy/tokens.ts';
import type { Frame } from '../dialect.ts';
import { type Choice, type Completion, fingerprint, finishReason } from './answer.ts';

/**
 * The frames of `CreateChatCompletionStreamResponse`: a chunk that names the role, one per piece of
 * content, the finish reason on an empty delta, with `include_usage` a chunk without choices, and
 * the terminator. Several choices take turns.
 */
export function* chatFrames(completion: Completion, includeUsage: boolean): Generator<Frame> {
  const { choices, usage } = completion;
  const write = chunkWriter(completion, includeUsage);
  let running = choices.map((choice, index) => choiceFrames(choice, index, write));
  while (running.length > 0) {
    const going: typeof running = [];
    for (const one of running) {
      const next = one.next();
      if (next.done === true) continue;
      yield next.value;
      going.push(one);
    }
    running = going;
  }
  if (includeUsage) yield { data: write.closing(JSON.stringify(usage)), tokens: 0 };
  yield { data: 'data: [DONE]\n\n', tokens: 0 };
}

function* choiceFrames(choice: Choice, index: number, write: ChunkWriter): Generator<Frame> {
  const { answer, calls } = choice;
  const opening = calls.length > 0 ? 'null' : '""';
  const frame = (delta: string, tokens: number): Frame => ({
    data: write.delta(index, delta, 'null'),
    tokens,
  });
  yield frame(`{"role":"assistant","content":${opening},"refusal":null}`, 0);
  for (const [position, call] of calls.entries()) {
    const { arguments: text, ...named } = call.function;
    const first = { index: position, ...call, function: { ...named, arguments: '' } };
    yield frame(JSON.stringify({ tool_calls: [first] }), 1);
    for (const piece of piecesOf(text)) {
      const next = { index: position, function: { arguments: piece } };
      yield frame(JSON.stringify({ tool_calls: [next] }), 1);
    }
  }
  if (calls.length === 0) {
    for (const piece of piecesOf(answer.text)) {
      yield frame(`{"content":${JSON.stringify(piece)}}`, 1);
    }
  }
  yield { data: write.delta(index, '{}', `"${finishReason(answer)}"`), tokens: 0 };
}

interface ChunkWriter {
  delta(index: number, delta: string, finish: string): string;
  closing(usage: string): string;
}

/** The chunks of one answer differ in a few places only, so the rest is made into text once. */
function chunkWriter(completion: Completion, includeUsage: boolean): ChunkWriter {
  const shared = JSON.stringify({
    id: completion.id,
    object: 'chat.completion.chunk',
    created: completion.created,
    model: completion.model,
    service_tier: 'default',
    system_fingerprint: fingerprint,
  }).slice(0, -1);
  const before = `data: ${shared},"choices":[`;
  const after = includeUsage ? '],"usage":null}\n\n' : ']}\n\n';
  return {
    delta: (index, delta, finish) =>
      `${before}{"index":${index},"delta":${delta},"logprobs":null,"finish_reason":${finish}}${after}`,
    closing: (usage) => `${before}],"usage":${usage}}\n\n`,
  };
}
