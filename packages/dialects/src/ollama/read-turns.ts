import { RequestError } from '../errors.ts';
import type { Fields } from '../fields.ts';
import type { Block, ToolCallBlock, ToolResultBlock, Turn } from '../intent.ts';
import { base64Of, sniffed } from '../media.ts';
import { plainSeal, splitId } from '../seal.ts';

/** Reads `messages`. */
export function readTurns(fields: Fields): readonly Turn[] {
  if (fields.array('messages') === undefined) {
    throw new RequestError('messages', undefined, 'an array of messages');
  }
  const open: ToolCallBlock[] = [];
  return fields.objects('messages').map((message) => readMessage(message, open));
}

/** Reads what stands in the place of `messages` where there is but one prompt. */
export function readPrompt(fields: Fields): readonly Turn[] {
  const system = readText(fields, 'system');
  const said = [...readText(fields, 'prompt'), ...readImages(fields)];
  const turns: readonly Turn[] = [
    { role: 'system', blocks: system, path: 'system' },
    { role: 'user', blocks: said, path: 'prompt' },
  ];
  return turns.filter(({ blocks }) => blocks.length > 0);
}

/** `open` are the calls that no result has answered yet. */
function readMessage(message: Fields, open: ToolCallBlock[]): Turn {
  const { path } = message;
  const role = message.needString('role');
  const said: Block[] = [...readText(message, 'content'), ...readImages(message)];
  switch (role) {
    case 'system':
    case 'user':
      message.done();
      return { role, blocks: said, path };
    case 'assistant': {
      const calls = message.objects('tool_calls').map(readCall);
      open.push(...calls);
      const blocks = [...readThinking(message), ...said, ...calls];
      message.done();
      return { role, blocks, path };
    }
    case 'tool': {
      const blocks = [readResult(message, said, open)];
      message.done();
      return { role: 'user', blocks, path };
    }
    default:
      throw new RequestError(message.at('role'), role, 'system, user, assistant or tool');
  }
}

function readText(message: Fields, name: string): Block[] {
  const text = message.string(name);
  return text === undefined || text === '' ? [] : [{ kind: 'text', text, path: message.at(name) }];
}

/** Base64 without a type, which the first bytes tell. */
function readImages(message: Fields): Block[] {
  return (message.strings('images') ?? []).map((told, index): Block => {
    const data = base64Of(told);
    const mediaType = sniffed(data) ?? 'image/png';
    const path = `${message.at('images')}[${index}]`;
    return { kind: 'image', source: { type: 'data', mediaType, data }, path };
  });
}

function readThinking(message: Fields): Block[] {
  const text = message.string('thinking');
  const path = message.at('thinking');
  return text === undefined || text === ''
    ? []
    : [{ kind: 'reasoning', text, seal: plainSeal('ollama'), path }];
}

function readCall(call: Fields): ToolCallBlock {
  const { path } = call;
  const called = call.object('function');
  if (called === undefined) throw new RequestError(call.at('function'), undefined, 'an object');
  // Older clients know no ids; the place of a call is as good a name.
  const { id, seal } = splitId(call.string('id') ?? path.replaceAll(/\W+/g, '_'));
  const name = called.needString('name');
  const text = JSON.stringify(called.json('arguments') ?? {});
  called.skip('index', 'description');
  called.done();
  call.skip('type');
  call.done();
  return { kind: 'tool-call', id, name, arguments: text, seal, path };
}

/** A result names its call, or its tool, or nothing: then it answers the first open call. */
function readResult(
  message: Fields,
  said: readonly Block[],
  open: ToolCallBlock[],
): ToolResultBlock {
  const { path } = message;
  const told = message.string('tool_call_id');
  const id = told === undefined || told === '' ? undefined : splitId(told).id;
  const name = message.string('tool_name') ?? message.string('name');
  const isMeant = (call: ToolCallBlock): boolean =>
    id === undefined ? name === undefined || call.name === name : call.id === id;
  const at = open.findIndex(isMeant);
  const [call] = at === -1 ? [] : open.splice(at, 1);
  const content = said.filter(({ kind }) => kind === 'text' || kind === 'image');
  return {
    kind: 'tool-result',
    id: call?.id ?? id ?? path.replaceAll(/\W+/g, '_'),
    name: call?.name ?? name,
    content: content as ToolResultBlock['content'],
    isError: false,
    path,
  };
}
