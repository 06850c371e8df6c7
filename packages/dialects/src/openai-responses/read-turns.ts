import { RequestError } from '../errors.ts';
import type { Fields } from '../fields.ts';
import type { Block, ImageBlock, TextBlock, Turn } from '../intent.ts';
import { sourceOf } from '../media.ts';
import { readAudio, readFile, stored } from '../openai/media.ts';
import { opened, plainSeal, splitId } from '../seal.ts';
import { callNames } from '../turns.ts';

type Role = Turn['role'];

/** Reads `instructions` and `input`. */
export function readTurns(fields: Fields): readonly Turn[] {
  const turns: Turn[] = [];
  const instructions = fields.raw('instructions');
  if (typeof instructions === 'string' && instructions !== '') {
    const path = 'instructions';
    turns.push({ role: 'system', blocks: [{ kind: 'text', text: instructions, path }], path });
  }
  const input = fields.raw('input');
  const path = 'input';
  if (typeof input === 'string') {
    turns.push({ role: 'user', blocks: [{ kind: 'text', text: input, path }], path });
  } else if (Array.isArray(input)) {
    for (const item of fields.objects(path)) addItem(turns, item);
  } else if (input !== undefined) {
    throw new RequestError(path, input, 'a string or an array of items');
  }
  return namedResults(turns);
}

/** Results do not repeat the name of their tool; some dialects want it. */
function namedResults(turns: readonly Turn[]): readonly Turn[] {
  const names = callNames(turns);
  return turns.map((turn) => ({
    ...turn,
    blocks: turn.blocks.map((block) =>
      block.kind === 'tool-result' ? { ...block, name: names.get(block.id) } : block,
    ),
  }));
}

/**
 * What a model thinks, says and calls are items of their own here, and one turn everywhere else; so
 * are the results of calls it made at once.
 */
function addItem(turns: Turn[], item: Fields): void {
  const { path } = item;
  const type = item.string('type') ?? 'message';
  const { role, blocks, isMessage } = readItem(type, item);
  item.done();
  const last = turns.at(-1);
  const isSame =
    last?.role === role &&
    (role === 'assistant' ||
      (!isMessage && last.blocks.every(({ kind }) => kind === 'tool-result')));
  if (last !== undefined && isSame) {
    turns[turns.length - 1] = { ...last, blocks: [...last.blocks, ...blocks] };
  } else turns.push({ role, blocks, path });
}

interface Item {
  readonly role: Role;
  readonly blocks: readonly Block[];
  readonly isMessage?: boolean;
}

function readItem(type: string, item: Fields): Item {
  const { path } = item;
  switch (type) {
    case 'message':
      return { ...readMessage(item), isMessage: true };
    case 'function_call': {
      // The item's own id means something only where it is stored.
      item.skip('id', 'status', 'namespace');
      const { id, seal } = splitId(item.needString('call_id'));
      const name = item.needString('name');
      const text = item.string('arguments') ?? '';
      return {
        role: 'assistant',
        blocks: [{ kind: 'tool-call', id, name, arguments: text, seal, path }],
      };
    }
    case 'function_call_output': {
      item.skip('id', 'status');
      const { id } = splitId(item.needString('call_id'));
      const content = readContent(item, 'output').filter(
        (block) => block.kind === 'text' || block.kind === 'image' || block.kind === 'file',
      );
      const result: Block = {
        kind: 'tool-result',
        id,
        name: undefined,
        content,
        isError: false,
        path,
      };
      return { role: 'user', blocks: [result] };
    }
    case 'reasoning':
      return { role: 'assistant', blocks: [readReasoning(item)] };
    default: {
      const value = item.whole();
      const block: Block = { kind: 'foreign', dialect: 'openai-responses', type, value, path };
      const isResult = type.endsWith('_output');
      return { role: isResult ? 'user' : 'assistant', blocks: [block], isMessage: isResult };
    }
  }
}

function readMessage(item: Fields): Item {
  const told = item.needString('role');
  item.skip('id', 'status', 'phase');
  const role = roles[told];
  if (role === undefined) {
    throw new RequestError(item.at('role'), told, 'system, developer, user or assistant');
  }
  return { role, blocks: readContent(item, 'content') };
}

const roles: Readonly<Record<string, Role>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
};

function readContent(item: Fields, name: string): Block[] {
  const content = item.raw(name);
  const path = item.at(name);
  if (content === undefined) return [];
  if (typeof content === 'string') {
    return content === '' ? [] : [{ kind: 'text', text: content, path }];
  }
  if (!Array.isArray(content)) throw new RequestError(path, content, 'a string or an array');
  return item.objects(name).map(readPart);
}

function readPart(part: Fields): Block {
  const type = part.needString('type');
  const { path } = part;
  const foreign = (): Block => ({
    kind: 'foreign',
    dialect: 'openai-responses',
    type,
    value: part.whole(),
    path,
  });
  const block = readPartOf(type, part) ?? foreign();
  part.done();
  return block;
}

function readPartOf(type: string, part: Fields): Block | undefined {
  const { path } = part;
  switch (type) {
    case 'input_text':
    case 'output_text':
    case 'text':
      // What an answer cited and how likely it was is about that answer alone.
      part.skip('annotations', 'logprobs');
      return { kind: 'text', text: part.needString('text'), path } satisfies TextBlock;
    case 'refusal':
      return { kind: 'refusal', text: part.needString('refusal'), path };
    case 'input_image':
      return readImage(part);
    case 'input_file':
      part.skip('detail');
      return readFile(part, 'openai-responses', path);
    case 'input_audio': {
      const audio = part.object('input_audio');
      return audio === undefined ? undefined : readAudio(audio, path);
    }
    default:
      return undefined;
  }
}

function readImage(part: Fields): ImageBlock {
  const { path } = part;
  const detail = part.string('detail');
  const id = part.string('file_id');
  if (id !== undefined)
    return { kind: 'image', source: stored('openai-responses', id), detail, path };
  return { kind: 'image', source: sourceOf(part.needString('image_url')), detail, path };
}

/** Encrypted reasoning goes with the id of its item; without it only a store knows what it was. */
function readReasoning(item: Fields): Block {
  const { path } = item;
  const textsOf = (name: string): string[] =>
    item.objects(name).map((part) => {
      part.skip('type');
      const text = part.string('text') ?? '';
      part.done();
      return text;
    });
  const content = textsOf('content');
  const summary = textsOf('summary');
  const sealed = item.string('encrypted_content');
  const id = item.string('id');
  item.skip('status');
  const text = (content.length > 0 ? content : summary).join('\n\n');
  if (sealed === undefined) {
    return { kind: 'reasoning', text, seal: { ...plainSeal('openai-responses'), id }, path };
  }
  const seal = opened(sealed, 'openai-responses', true);
  const own = seal.origin === 'openai-responses' ? { ...seal, id } : seal;
  return { kind: 'reasoning', text, seal: own, path };
}
