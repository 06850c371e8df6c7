import { RequestError } from '../errors.ts';
import { type Fields, isJsonObject } from '../fields.ts';
import type { Block, JsonObject, Source, ToolResultBlock, Turn } from '../intent.ts';
import { base64Of } from '../media.ts';
import { opened } from '../seal.ts';

/** Calls that wait for their results. Gemini mostly gives them no ids: names and order pair them. */
class Calls {
  readonly #waiting: { readonly id: string; readonly name: string; readonly isNamed: boolean }[] =
    [];
  #count = 0;

  made(id: string | undefined, name: string): string {
    const call = { id: id ?? `call_${this.#count}`, name, isNamed: id !== undefined };
    this.#count += 1;
    this.#waiting.push(call);
    return call.id;
  }

  answered(id: string | undefined, name: string): string {
    const byId = this.#waiting.findIndex((call) => call.isNamed && call.id === id);
    // Some clients give ids to results whose calls had none.
    const at =
      byId === -1
        ? this.#waiting.findIndex(
            (call) => call.name === name && (id === undefined || !call.isNamed),
          )
        : byId;
    const [call] = at === -1 ? [] : this.#waiting.splice(at, 1);
    return call?.id ?? id ?? name;
  }
}

/** Reads `systemInstruction` and `contents`. */
export function readTurns(fields: Fields): readonly Turn[] {
  const calls = new Calls();
  const turns: Turn[] = [];
  const system = fields.raw('systemInstruction');
  if (typeof system === 'string') {
    const path = 'systemInstruction';
    turns.push({ role: 'system', blocks: [{ kind: 'text', text: system, path }], path });
  } else if (system !== undefined) {
    const instruction = fields.object('systemInstruction') as Fields;
    instruction.skip('role');
    turns.push({ role: 'system', blocks: readParts(instruction, calls), path: instruction.path });
    instruction.done();
  }
  if (fields.array('contents') === undefined) {
    throw new RequestError('contents', undefined, 'an array of contents');
  }
  for (const content of fields.objects('contents')) {
    const role = content.string('role') ?? 'user';
    if (role !== 'user' && role !== 'model' && role !== 'function') {
      throw new RequestError(content.at('role'), role, 'user or model');
    }
    const blocks = readParts(content, calls);
    turns.push({ role: role === 'model' ? 'assistant' : 'user', blocks, path: content.path });
    content.done();
  }
  return turns;
}

function readParts(content: Fields, calls: Calls): Block[] {
  const blocks: Block[] = [];
  for (const part of content.objects('parts')) {
    const signature = part.string('thoughtSignature');
    const read = readPart(part, calls);
    part.done();
    const seal = signature === undefined ? undefined : opened(signature, 'gemini');
    const last = blocks.at(-1);
    // A thought that was streamed comes back in pieces, the signature on the last of them.
    const isPiece =
      read.kind === 'reasoning' && last?.kind === 'reasoning' && last.seal === undefined;
    if (isPiece && seal?.isContent !== true) {
      blocks[blocks.length - 1] = { ...last, text: last.text + read.text, seal };
    } else blocks.push({ ...read, seal });
  }
  return blocks;
}

function readPart(part: Fields, calls: Calls): Block {
  const { path } = part;
  const text = part.string('text');
  const isThought = part.boolean('thought') === true;
  if (text !== undefined) return { kind: isThought ? 'reasoning' : 'text', text, path };
  const inline = part.object('inlineData');
  if (inline !== undefined) {
    const mediaType = inline.needString('mimeType');
    const data = base64Of(inline.needString('data'));
    inline.skip('displayName');
    inline.done();
    return mediaBlock({ type: 'data', mediaType, data }, mediaType, path);
  }
  const file = part.object('fileData');
  if (file !== undefined) {
    const mediaType = file.string('mimeType');
    const source: Source = { type: 'url', url: file.needString('fileUri'), mediaType };
    file.skip('displayName');
    file.done();
    return mediaBlock(source, mediaType ?? '', path);
  }
  const call = part.object('functionCall');
  if (call !== undefined) {
    const name = call.needString('name');
    const id = calls.made(call.string('id'), name);
    const args = JSON.stringify(call.json('args') ?? {});
    call.done();
    return { kind: 'tool-call', id, name, arguments: args, path };
  }
  const response = part.object('functionResponse');
  if (response !== undefined) return readResult(response, calls, path);
  const [type = 'nothing'] = Object.keys(part.left());
  return { kind: 'foreign', dialect: 'gemini', type, value: part.whole(), path };
}

function mediaBlock(source: Source, mediaType: string, path: string): Block {
  if (mediaType.startsWith('image/')) return { kind: 'image', source, path };
  if (mediaType.startsWith('audio/')) return { kind: 'audio', source, path };
  return { kind: 'file', source, path };
}

function readResult(response: Fields, calls: Calls, path: string): ToolResultBlock {
  const name = response.needString('name');
  const id = calls.answered(response.string('id'), name);
  const told = response.json('response') ?? {};
  const media = response.objects('parts').map((part) => readMedia(part, calls));
  response.done();
  const isError = Object.hasOwn(told, 'error') && Object.keys(told).length === 1;
  const text = textOf(told, isError);
  const said = text === '' ? [] : [{ kind: 'text' as const, text, path }];
  return { kind: 'tool-result', id, name, content: [...said, ...media], isError, path };
}

/** What a tool brought beside its JSON (Gemini API reference, "FunctionResponsePart"). */
function readMedia(part: Fields, calls: Calls): ToolResultBlock['content'][number] {
  const block = readPart(part, calls);
  part.done();
  if (block.kind === 'text' || block.kind === 'image' || block.kind === 'file') return block;
  if (block.kind === 'audio') return { ...block, kind: 'file' };
  throw new RequestError(part.path, undefined, 'inlineData or fileData');
}

/** The names under which a plain text is wrapped, since Gemini demands an object. */
function textOf(told: JsonObject, isError: boolean): string {
  const [only] = Object.entries(told);
  const isWrapped =
    only !== undefined &&
    Object.keys(told).length === 1 &&
    (isError || ['output', 'result', 'content'].includes(only[0]));
  if (!isWrapped) return JSON.stringify(told);
  const [, value] = only;
  if (typeof value === 'string') return value;
  return isJsonObject(value) || Array.isArray(value) ? JSON.stringify(value) : String(value);
}
