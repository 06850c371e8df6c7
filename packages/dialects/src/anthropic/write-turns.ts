import { inputOf } from '../arguments.ts';
import type { Addressee } from '../codec.ts';
import { isJsonObject } from '../fields.ts';
import type {
  Block,
  ReasoningBlock,
  Source,
  ToolCallBlock,
  ToolResultBlock,
  Turn,
} from '../intent.ts';
import type { Losses } from '../losses.ts';
import { sniffed } from '../media.ts';
import { fits } from '../seal.ts';
import { rejoined } from '../turns.ts';
import { writeCache } from './cache.ts';

export interface WrittenMessage {
  readonly role: 'user' | 'assistant';
  readonly content: object[];
}

/** Writes `messages` from turns whose roles alternate and of which none instructs. */
export function writeTurns(
  turns: readonly Turn[],
  to: Addressee,
  losses: Losses,
): WrittenMessage[] {
  const written = turns.flatMap((turn): WrittenMessage[] => {
    const content = inOrder(turn.blocks).flatMap((block) => writeBlock(block, to, losses));
    const role = turn.role === 'assistant' ? 'assistant' : 'user';
    return content.length === 0 ? [] : [{ role, content }];
  });
  const messages = rejoined(written, 'content');
  trimEnd(messages, losses);
  return messages;
}

/** Reasoning opens an assistant's turn, results of tools a user's; Anthropic refuses other orders. */
function inOrder(blocks: readonly Block[]): readonly Block[] {
  const isFirst = ({ kind }: Block) => kind === 'tool-result';
  return [...blocks.filter(isFirst), ...blocks.filter((block) => !isFirst(block))];
}

/** A last word of the assistant is a beginning to go on from, and may not end in white space. */
function trimEnd(messages: readonly WrittenMessage[], losses: Losses): void {
  const last = messages.at(-1);
  const block = last?.content.at(-1);
  if (last?.role !== 'assistant' || !isJsonObject(block) || typeof block['text'] !== 'string')
    return;
  const trimmed = block['text'].trimEnd();
  if (trimmed === block['text']) return;
  Object.assign(block, { text: trimmed });
  losses.altered('messages', 'white space at the end of the last message was removed');
}

function writeBlock(block: Block, to: Addressee, losses: Losses): object[] {
  const cached = writeCache(block.cache);
  switch (block.kind) {
    case 'text':
    case 'refusal':
      return block.text.trim() === '' ? [] : [{ type: 'text', text: block.text, ...cached }];
    case 'image': {
      const source = writeImage(block.source);
      if (source === undefined) break;
      return [{ type: 'image', source, ...cached }];
    }
    case 'file': {
      const source = writeFile(block.source);
      if (source === undefined) break;
      return [{ type: 'document', source, title: block.name, ...cached }];
    }
    case 'tool-call':
      return [writeCall(block, losses, cached)];
    case 'tool-result':
      return [writeResult(block, to, losses, cached)];
    case 'reasoning':
      return writeReasoning(block, to, losses);
    case 'foreign':
      if (block.dialect === 'anthropic') return [block.value as object];
      losses.dropped(block.path, `${block.type} has no form in this dialect`);
      return [];
    case 'audio':
      break;
  }
  losses.dropped(block.path, `${block.kind} of this kind has no form in this dialect`);
  return [];
}

function writeImage(source: Source): object | undefined {
  if (source.type === 'url') return { type: 'url', url: source.url };
  if (source.type === 'stored' && source.dialect === 'anthropic') {
    return { type: 'file', file_id: source.id };
  }
  if (source.type !== 'data') return undefined;
  // Anthropic compares the type with the bytes, and clients get it wrong.
  const media_type = sniffed(source.data) ?? source.mediaType;
  return { type: 'base64', media_type, data: source.data };
}

function writeFile(source: Source): object | undefined {
  switch (source.type) {
    case 'text':
      return { type: 'text', media_type: 'text/plain', data: source.text };
    case 'url':
      return { type: 'url', url: source.url };
    case 'stored':
      return source.dialect === 'anthropic' ? { type: 'file', file_id: source.id } : undefined;
    case 'data': {
      const { mediaType, data } = source;
      if (mediaType === 'application/pdf') return { type: 'base64', media_type: mediaType, data };
      if (!mediaType.startsWith('text/')) return undefined;
      const text = Buffer.from(data, 'base64').toString();
      return { type: 'text', media_type: 'text/plain', data: text };
    }
  }
}

function writeCall(
  { id, name, arguments: text, path }: ToolCallBlock,
  losses: Losses,
  cached: object,
): object {
  const input = inputOf(text);
  if (input === undefined) {
    losses.altered(path, 'arguments that are no JSON object were sent as text in one');
  }
  return {
    type: 'tool_use',
    id: plainId(id),
    name,
    input: input ?? { invalid_json: text },
    ...cached,
  };
}

/** Anthropic takes ids of `A-Za-z0-9_-` alone; the call and its result are changed alike. */
const plainId = (id: string): string => id.replaceAll(/[^\w-]/g, '_');

function writeResult(
  { id, content, isError }: ToolResultBlock,
  to: Addressee,
  losses: Losses,
  cached: object,
): object {
  const blocks = content.flatMap((block) => writeBlock(block, to, losses));
  const said = blocks.length === 0 ? {} : { content: blocks };
  const failed = isError ? { is_error: true } : {};
  return { type: 'tool_result', tool_use_id: plainId(id), ...said, ...failed, ...cached };
}

/** Reasoning goes back to whoever made it; it is never shown as text. */
function writeReasoning(
  { text, seal, path }: ReasoningBlock,
  { origin }: Addressee,
  losses: Losses,
): object[] {
  if (seal === undefined || seal.data === '' || !fits(seal, origin)) {
    losses.dropped(path, 'reasoning of another model is not passed on');
    return [];
  }
  return seal.isContent === true
    ? [{ type: 'redacted_thinking', data: seal.data }]
    : [{ type: 'thinking', thinking: text, signature: seal.data }];
}
