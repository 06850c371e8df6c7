import { piecesOf } from '../../toy/tokens.ts';
import type { Frame } from '../dialect.ts';
import { type Block, metrics, type Told } from './answer.ts';
import { eventFrame } from './frames.ts';

/**
 * The events of `ConverseStreamOutput`: only a block that calls a tool is started, each is stopped,
 * and the usage comes last, after the message has.
 */
export function* converseFrames(told: Told): Generator<Frame> {
  yield event('messageStart', { role: 'assistant' });
  for (const [contentBlockIndex, block] of told.blocks.entries()) {
    for (const { type, ...payload } of blockEvents(block)) {
      yield event(type, { contentBlockIndex, ...payload }, type === 'contentBlockDelta' ? 1 : 0);
    }
    yield event('contentBlockStop', { contentBlockIndex });
  }
  yield event('messageStop', { stopReason: told.stopReason });
  yield event('metadata', { metrics: metrics(told), usage: told.usage });
}

type BlockEvent =
  | { readonly type: 'contentBlockStart'; readonly start: object }
  | { readonly type: 'contentBlockDelta'; readonly delta: object };

function* blockEvents(block: Block): Generator<BlockEvent> {
  const delta = (told: object): BlockEvent => ({ type: 'contentBlockDelta', delta: told });
  if ('text' in block) {
    for (const text of piecesOf(block.text)) yield delta({ text });
  } else if ('toolUse' in block) {
    const { input, ...named } = block.toolUse;
    yield { type: 'contentBlockStart', start: { toolUse: named } };
    for (const piece of piecesOf(JSON.stringify(input))) yield delta({ toolUse: { input: piece } });
  } else {
    const { text, signature } = block.reasoningContent.reasoningText;
    for (const piece of piecesOf(text)) yield delta({ reasoningContent: { text: piece } });
    yield delta({ reasoningContent: { signature } });
  }
}

const filler = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** Bedrock fills its events up, so that their sizes tell nothing about the words in them. */
function event(type: string, payload: object, tokens = 0): Frame {
  const p = filler.slice(0, 1 + (JSON.stringify(payload).length % filler.length));
  return { data: eventFrame(type, { ...payload, p }), tokens };
}
