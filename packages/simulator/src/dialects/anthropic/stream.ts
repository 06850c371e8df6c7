import { piecesOf } from '../../toy/tokens.ts';
import type { Frame } from '../dialect.ts';
import { type Block, envelope, type Message, served } from './answer.ts';

/**
 * The events of a message (https://docs.claude.com/en/docs/build-with-claude/streaming): the
 * blocks one after another, each started and stopped once, a ping after the first start, and the
 * usage once more, now with everything that was generated, in `message_delta`.
 */
export function* messageFrames(message: Message): Generator<Frame> {
  const { usage } = message;
  const begun = { ...envelope(message), usage: { ...usage, ...served(message), ...unspoken } };
  yield event('message_start', { message: begun });
  for (const [index, block] of message.blocks.entries()) {
    yield event('content_block_start', { index, content_block: emptied(block) });
    if (index === 0) yield ping;
    yield* deltas(block, index);
    yield event('content_block_stop', { index });
  }
  const delta = {
    stop_reason: message.stopReason,
    stop_sequence: message.stopSequence ?? null,
    stop_details: null,
    container: null,
  };
  yield event('message_delta', { delta, usage });
  yield event('message_stop', {});
}

/** What a message has cost before its first word. */
const unspoken = { output_tokens: 1, output_tokens_details: null };

function event(type: string, data: object): Frame {
  return {
    data: `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`,
    tokens: 0,
  };
}

const ping: Frame = { data: 'event: ping\ndata: {"type": "ping"}\n\n', tokens: 0 };

function emptied(block: Block): object {
  if (block.type === 'thinking') return { ...block, thinking: '', signature: '' };
  return block.type === 'text' ? { ...block, text: '' } : { ...block, input: {} };
}

function* deltas(block: Block, index: number): Generator<Frame> {
  if (block.type === 'thinking') {
    yield* pieces(block.thinking, index, 'thinking_delta', 'thinking');
    yield delta(index, `{"type":"signature_delta","signature":"${block.signature}"}`, 0);
    return;
  }
  if (block.type === 'text') {
    yield* pieces(block.text, index, 'text_delta', 'text');
    return;
  }
  yield delta(index, '{"type":"input_json_delta","partial_json":""}', 1);
  // Without arguments nothing follows: an empty text stands for {}.
  const input = JSON.stringify(block.input);
  if (input !== '{}') yield* pieces(input, index, 'input_json_delta', 'partial_json');
}

function* pieces(text: string, index: number, type: string, field: string): Generator<Frame> {
  const before = `{"type":"${type}","${field}":`;
  for (const piece of piecesOf(text)) {
    yield delta(index, `${before}${JSON.stringify(piece)}}`, 1);
  }
}

const delta = (index: number, json: string, tokens: number): Frame => ({
  data: `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":${json}}\n\n`,
  tokens,
});
