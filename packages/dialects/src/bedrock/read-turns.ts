import { RequestError } from '../errors.ts';
import type { Fields } from '../fields.ts';
import type {
  AudioBlock,
  Block,
  FileBlock,
  ImageBlock,
  Source,
  ToolResultBlock,
  Turn,
} from '../intent.ts';
import { base64Of } from '../media.ts';
import { opened, splitId } from '../seal.ts';
import { callNames } from '../turns.ts';
import { documentTypes, imageTypes } from './media.ts';

/** Reads `system` and `messages`. */
export function readTurns(fields: Fields): readonly Turn[] {
  const system = readBlocks(fields.objects('system'));
  const turns = fields.objects('messages').map(readMessage);
  const all: Turn[] =
    system.length === 0 ? turns : [{ role: 'system', blocks: system, path: 'system' }, ...turns];
  const names = callNames(all);
  return all.map((turn) => ({
    ...turn,
    blocks: turn.blocks.map((block) =>
      block.kind === 'tool-result' ? { ...block, name: names.get(block.id) } : block,
    ),
  }));
}

function readMessage(message: Fields): Turn {
  const role = message.needString('role');
  if (role !== 'user' && role !== 'assistant') {
    throw new RequestError(message.at('role'), role, 'user or assistant');
  }
  const turn: Turn = { role, blocks: readBlocks(message.objects('content')), path: message.path };
  message.done();
  return turn;
}

/** A hint to cache stands behind what it is about. */
function readBlocks(members: readonly Fields[]): readonly Block[] {
  const blocks: Block[] = [];
  for (const member of members) {
    const point = member.object('cachePoint');
    const last = blocks.at(-1);
    if (point === undefined) blocks.push(readBlock(member));
    else if (last !== undefined) {
      blocks[blocks.length - 1] = { ...last, cache: { ttl: point.string('ttl') } };
    }
    member.done();
  }
  return blocks;
}

function readBlock(member: Fields): Block {
  const { path } = member;
  const text = member.string('text');
  if (text !== undefined) return { kind: 'text', text, path };
  const use = member.object('toolUse');
  if (use !== undefined && use.string('type') !== 'server_tool_use') return readCall(use, path);
  const result = member.object('toolResult');
  if (result !== undefined && result.string('type') === undefined) return readResult(result, path);
  const reasoning = member.object('reasoningContent');
  if (reasoning !== undefined) return readReasoning(reasoning, path);
  const media = readMedia(member) ?? readSound(member);
  if (media !== undefined) return media;
  const value = member.whole();
  const [type = 'nothing'] = Object.keys(value);
  return { kind: 'foreign', dialect: 'bedrock', type, value, path };
}

function readCall(use: Fields, path: string): Block {
  const { id, seal } = splitId(use.needString('toolUseId'));
  const text = JSON.stringify(use.raw('input') ?? {});
  const name = use.needString('name');
  use.done();
  return { kind: 'tool-call', id, name, arguments: text, seal, path };
}

function readResult(result: Fields, path: string): ToolResultBlock {
  const { id } = splitId(result.needString('toolUseId'));
  const content = result.objects('content').flatMap((member): ToolResultBlock['content'] => {
    const read = readResultPart(member);
    member.done();
    return read === undefined ? [] : [read];
  });
  const isError = result.string('status') === 'error';
  result.done();
  return { kind: 'tool-result', id, name: undefined, content, isError, path };
}

function readResultPart(member: Fields): ToolResultBlock['content'][number] | undefined {
  const { path } = member;
  const text = member.string('text');
  if (text !== undefined) return { kind: 'text', text, path };
  const json = member.raw('json');
  if (json !== undefined) return { kind: 'text', text: JSON.stringify(json), path };
  return readMedia(member);
}

/** Pictures and documents whose bytes are here; others stay as they are. */
function readMedia(member: Fields): ImageBlock | FileBlock | undefined {
  const { path } = member;
  const image = member.object('image');
  if (image !== undefined) {
    const source = readSource(image, imageTypes);
    return source === undefined ? undefined : { kind: 'image', source, path };
  }
  const document = member.object('document');
  if (document === undefined) return undefined;
  const source = readSource(document, documentTypes);
  const name = document.string('name');
  document.skip('citations', 'context');
  return source === undefined ? undefined : { kind: 'file', source, name, path };
}

/** No result of a tool has sound (same reference, "ToolResultContentBlock"). */
function readSound(member: Fields): AudioBlock | undefined {
  const audio = member.object('audio');
  const bytes = audio?.object('source')?.string('bytes');
  if (audio === undefined || bytes === undefined) return undefined;
  const mediaType = `audio/${audio.needString('format')}`;
  const source: Source = { type: 'data', mediaType, data: base64Of(bytes) };
  return { kind: 'audio', source, path: member.path };
}

function readSource(media: Fields, types: Readonly<Record<string, string>>): Source | undefined {
  const source = media.object('source');
  const text = source?.string('text');
  if (text !== undefined) return { type: 'text', text };
  const bytes = source?.string('bytes');
  if (bytes === undefined) return undefined;
  const format = media.string('format') ?? '';
  return {
    type: 'data',
    mediaType: types[format] ?? 'application/octet-stream',
    data: base64Of(bytes),
  };
}

function readReasoning(reasoning: Fields, path: string): Block {
  const told = reasoning.object('reasoningText');
  if (told !== undefined) {
    const seal = opened(told.string('signature') ?? '', 'bedrock');
    return { kind: 'reasoning', text: told.string('text') ?? '', seal, path };
  }
  const data = reasoning.needString('redactedContent');
  const word = Buffer.from(data, 'base64').toString();
  const ours = opened(word, '', true);
  const seal = ours.origin === '' ? opened(data, 'bedrock', true) : ours;
  return { kind: 'reasoning', text: '', seal, path };
}
