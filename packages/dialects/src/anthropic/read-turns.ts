import { RequestError } from '../errors.ts';
import { type Fields, valueIn } from '../fields.ts';
import type { Block, Source, TextBlock, ToolResultBlock, Turn } from '../intent.ts';
import { base64Of } from '../media.ts';
import { opened, splitId } from '../seal.ts';
import { callNames } from '../turns.ts';
import { readCache } from './cache.ts';

/** Reads `system` and `messages`. */
export function readTurns(fields: Fields): readonly Turn[] {
  const system = readContent(fields, 'system');
  if (fields.array('messages') === undefined) {
    throw new RequestError('messages', undefined, 'an array of messages');
  }
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
  if (role !== 'user' && role !== 'assistant' && role !== 'system') {
    throw new RequestError(message.at('role'), role, 'user or assistant');
  }
  if (message.raw('content') === undefined) {
    throw new RequestError(message.at('content'), undefined, 'a string or an array');
  }
  const turn: Turn = { role, blocks: readContent(message, 'content'), path: message.path };
  message.done();
  return turn;
}

function readContent(fields: Fields, name: string): readonly Block[] {
  const content = fields.raw(name);
  if (content === undefined) return [];
  if (typeof content === 'string') {
    return content === '' ? [] : [{ kind: 'text', text: content, path: fields.at(name) }];
  }
  return fields.objects(name).map(readBlock);
}

function readBlock(block: Fields): Block {
  const type = block.needString('type');
  const cache = readCache(block);
  const read = readBlockOf(type, block);
  block.done();
  return cache === undefined ? read : { ...read, cache };
}

function readBlockOf(type: string, block: Fields): Block {
  const { path } = block;
  switch (type) {
    case 'text':
      // Citations of earlier answers: nobody reads them again.
      block.skip('citations');
      return { kind: 'text', text: block.needString('text'), path };
    case 'image':
      return { kind: 'image', source: readSource(block), path };
    case 'document': {
      const name = block.string('title');
      // Whoever asks for citations, or tells the model about its document, is told that it is lost.
      if (!isCited(block)) block.skip('citations');
      return { kind: 'file', source: readSource(block), name, path };
    }
    case 'tool_use': {
      const { id, seal } = splitId(block.needString('id'));
      const input = block.json('input') ?? {};
      const text = JSON.stringify(input);
      block.skip('caller');
      return { kind: 'tool-call', id, name: block.needString('name'), arguments: text, seal, path };
    }
    case 'tool_result':
      return readResult(block);
    case 'thinking': {
      const seal = opened(block.string('signature') ?? '', 'anthropic');
      return { kind: 'reasoning', text: block.string('thinking') ?? '', seal, path };
    }
    case 'redacted_thinking': {
      const seal = opened(block.needString('data'), 'anthropic', true);
      return { kind: 'reasoning', text: '', seal, path };
    }
    default:
      return { kind: 'foreign', dialect: 'anthropic', type, value: block.whole(), path };
  }
}

const isCited = (block: Fields): boolean => valueIn(block.peek('citations'), 'enabled') === true;

function readResult(block: Fields): ToolResultBlock {
  const content = readContent(block, 'content').filter(
    (one) => one.kind === 'text' || one.kind === 'image' || one.kind === 'file',
  );
  const isError = block.boolean('is_error') ?? false;
  const { id } = splitId(block.needString('tool_use_id'));
  return { kind: 'tool-result', id, name: undefined, content, isError, path: block.path };
}

function readSource(block: Fields): Source {
  const source = block.object('source');
  if (source === undefined) throw new RequestError(block.at('source'), undefined, 'an object');
  const read = readSourceOf(source.needString('type'), source);
  source.skip('media_type');
  source.done();
  return read;
}

function readSourceOf(type: string, source: Fields): Source {
  switch (type) {
    case 'base64':
      return {
        type: 'data',
        mediaType: source.needString('media_type'),
        data: base64Of(source.needString('data')),
      };
    case 'url':
      return { type: 'url', url: source.needString('url') };
    case 'file':
      return { type: 'stored', dialect: 'anthropic', id: source.needString('file_id') };
    case 'text':
      return { type: 'text', text: source.needString('data') };
    case 'content': {
      const blocks = readContent(source, 'content');
      const texts = blocks.filter((block): block is TextBlock => block.kind === 'text');
      return { type: 'text', text: texts.map(({ text }) => text).join('\n') };
    }
    default:
      throw new RequestError(source.at('type'), type, 'base64, url, file, text or content');
  }
}
