import { RequestError } from '../errors.ts';
import type { Fields } from '../fields.ts';
import type {
  Block,
  CacheHint,
  ImageBlock,
  ReasoningBlock,
  TextBlock,
  ToolCallBlock,
  Turn,
} from '../intent.ts';
import { sourceOf } from '../media.ts';
import { readAudio, readFile } from '../openai/media.ts';
import { opened, splitId } from '../seal.ts';
import { callNames } from '../turns.ts';

/** Reads `messages`. */
export function readTurns(fields: Fields): readonly Turn[] {
  if (fields.array('messages') === undefined) {
    throw new RequestError('messages', undefined, 'an array of messages');
  }
  const turns = fields.objects('messages').map(readMessage);
  return namedResults(turns);
}

/** Results do not repeat the name of their tool; some dialects want it. */
function namedResults(turns: readonly Turn[]): readonly Turn[] {
  const names = callNames(turns);
  return turns.map((turn) => ({
    ...turn,
    blocks: turn.blocks.map((block) =>
      block.kind === 'tool-result' && block.name === undefined
        ? { ...block, name: names.get(block.id) }
        : block,
    ),
  }));
}

function readMessage(message: Fields): Turn {
  const { path } = message;
  const role = message.needString('role');
  const turn = readRole(role, message);
  message.done();
  if (turn === undefined) {
    throw new RequestError(`${path}.role`, role, 'system, developer, user, assistant or tool');
  }
  return { ...turn, path };
}

function readRole(role: string, message: Fields): Omit<Turn, 'path'> | undefined {
  switch (role) {
    case 'system':
    case 'developer':
      return { role: 'system', blocks: readContent(message) };
    case 'user':
      return { role: 'user', blocks: readContent(message) };
    case 'assistant':
      return { role: 'assistant', blocks: readAssistant(message) };
    case 'tool':
    case 'function':
      return { role: 'user', blocks: [readResult(message, role)] };
    default:
      return undefined;
  }
}

function readResult(message: Fields, role: 'tool' | 'function'): Block {
  const name = message.string('name');
  const id = role === 'tool' ? message.needString('tool_call_id') : `function_${name ?? ''}`;
  const content = readContent(message).filter(
    (block) => block.kind === 'text' || block.kind === 'image' || block.kind === 'file',
  );
  const { path } = message;
  return { kind: 'tool-result', id: splitId(id).id, name, content, isError: false, path };
}

function readContent(message: Fields): Block[] {
  const content = message.raw('content');
  const path = message.at('content');
  if (content === undefined) return [];
  if (typeof content === 'string') {
    return content === '' ? [] : [{ kind: 'text', text: content, path }];
  }
  if (!Array.isArray(content)) throw new RequestError(path, content, 'a string or an array');
  return message.objects('content').map(readPart);
}

function readPart(part: Fields): Block {
  const type = part.needString('type');
  const cache = readCache(part);
  const { path } = part;
  // Servers add kinds of their own, such as `video_url`: for them alone.
  const foreign = (): Block => ({
    kind: 'foreign',
    dialect: 'openai-chat',
    type,
    value: part.whole(),
    path,
  });
  const block = readPartOf(type, part) ?? foreign();
  part.done();
  return cache === undefined ? block : { ...block, cache };
}

function readPartOf(type: string, part: Fields): Block | undefined {
  const { path } = part;
  switch (type) {
    case 'text':
      return { kind: 'text', text: part.needString('text'), path } satisfies TextBlock;
    case 'refusal':
      return { kind: 'refusal', text: part.needString('refusal'), path };
    case 'image_url':
      return readImage(part);
    case 'input_audio':
      return readAudio(need(part, 'input_audio'), path);
    case 'file': {
      const file = need(part, 'file');
      const read = readFile(file, 'openai-chat', path);
      file.done();
      return read;
    }
    case 'thinking':
      return readThinking(part);
    default:
      return undefined;
  }
}

/** Reasoning as Mistral has it, among what was said. Nobody signed it. */
function readThinking(part: Fields): ReasoningBlock {
  const texts = part.objects('thinking').map((piece) => {
    piece.skip('type');
    const text = piece.string('text') ?? '';
    piece.done();
    return text;
  });
  part.skip('closed');
  return { kind: 'reasoning', text: texts.join(''), seal: undefined, path: part.path };
}

function readImage(part: Fields): ImageBlock {
  const { path } = part;
  // Some clients send the URL itself where the object belongs.
  if (typeof part.raw('image_url') === 'string') {
    return { kind: 'image', source: sourceOf(part.needString('image_url')), path };
  }
  const image = need(part, 'image_url');
  const source = sourceOf(image.needString('url'));
  const detail = image.string('detail');
  image.done();
  return { kind: 'image', source, detail, path };
}

function readAssistant(message: Fields): Block[] {
  const blocks: Block[] = [...readReasoning(message), ...readContent(message)];
  const refusal = message.string('refusal');
  if (refusal !== undefined && refusal !== '') {
    blocks.push({ kind: 'refusal', text: refusal, path: message.at('refusal') });
  }
  for (const call of message.objects('tool_calls')) {
    call.skip('type', 'index');
    blocks.push(readCall(call, need(call, 'function'), call.needString('id')));
  }
  const old = message.object('function_call');
  if (old !== undefined) blocks.push(readCall(old, old, `function_${old.needString('name')}`));
  message.skip('annotations', 'audio');
  return blocks;
}

function readCall(call: Fields, called: Fields, callId: string): ToolCallBlock {
  const { id, seal } = splitId(callId);
  const name = called.needString('name');
  const text = called.string('arguments') ?? '';
  called.done();
  call.done();
  return { kind: 'tool-call', id, name, arguments: text, seal, path: call.path };
}

/**
 * Reasoning as open servers return it: plain text under one of two names, or, as OpenRouter does,
 * pieces that may be signed or encrypted (openrouter.ai/docs, "Reasoning tokens").
 */
function readReasoning(message: Fields): ReasoningBlock[] {
  const plain = message.string('reasoning_content') ?? message.string('reasoning');
  message.skip('reasoning_content', 'reasoning');
  const details = message.objects('reasoning_details').map((detail): ReasoningBlock => {
    const { path } = detail;
    const data = detail.string('data');
    const signature = detail.string('signature');
    const text = detail.string('text') ?? detail.string('summary') ?? '';
    detail.skip('type', 'format', 'index', 'id', 'summary', 'text');
    const sealed = data ?? signature;
    const seal =
      sealed === undefined ? undefined : opened(sealed, 'openai-chat', data !== undefined);
    return { kind: 'reasoning', text, seal, path };
  });
  if (details.length > 0 || plain === undefined || plain === '') return details;
  return [{ kind: 'reasoning', text: plain, path: message.at('reasoning_content') }];
}

function readCache(part: Fields): CacheHint | undefined {
  const hint = part.object('cache_control');
  return hint === undefined ? undefined : { ttl: hint.string('ttl') };
}

function need(fields: Fields, name: string): Fields {
  const found = fields.object(name);
  if (found === undefined) throw new RequestError(fields.at(name), undefined, 'an object');
  return found;
}
