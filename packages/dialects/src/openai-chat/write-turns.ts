import type { Addressee } from '../codec.ts';
import type { Block, Intent, ReasoningBlock, Source, Turn } from '../intent.ts';
import type { Losses } from '../losses.ts';
import { audioFormat, dataUrl } from '../media.ts';
import { fits } from '../seal.ts';
import { resultText } from '../turns.ts';
import { AUTOMATIC_CACHE } from './cache.ts';

/** Writes `messages`. */
export function writeTurns({ turns }: Intent, to: Addressee, losses: Losses): object[] {
  return turns.flatMap((turn) => {
    tellCaches(turn, losses);
    if (turn.role === 'assistant') return writeAssistant(turn, to, losses);
    if (turn.role === 'user') return writeUser(turn, losses);
    const content = writeContent(turn.blocks, losses);
    return content === undefined ? [] : [{ role: to.profile.systemRole, content }];
  });
}

function tellCaches({ blocks }: Turn, losses: Losses): void {
  for (const { cache, path } of blocks) {
    if (cache !== undefined) losses.dropped(`${path}.cache_control`, AUTOMATIC_CACHE);
  }
}

/** Results of tools are messages of their own, and come before what the user says with them. */
function writeUser({ blocks }: Turn, losses: Losses): object[] {
  const messages: object[] = [];
  const rest: Block[] = [];
  for (const block of blocks) {
    if (block.kind !== 'tool-result') {
      rest.push(block);
      continue;
    }
    messages.push({ role: 'tool', tool_call_id: block.id, content: resultText(block, losses) });
    // A tool's message can hold no picture: what else it brought follows as the user's.
    const others = block.content.filter(({ kind }) => kind !== 'text');
    if (others.length > 0) losses.altered(block.path, 'a result in pictures was sent as the user');
    rest.push(...others);
  }
  const content = writeContent(rest, losses);
  if (content !== undefined) messages.push({ role: 'user', content });
  return messages;
}

/** A string where it is one text, which every server takes; undefined when there is nothing. */
function writeContent(blocks: readonly Block[], losses: Losses): string | object[] | undefined {
  const parts = blocks.flatMap((block) => writePart(block, losses));
  if (parts.length === 0) return undefined;
  const [first] = parts;
  if (parts.length === 1 && first !== undefined && 'text' in first) return first['text'] as string;
  return parts;
}

function writePart(block: Block, losses: Losses): Record<string, unknown>[] {
  switch (block.kind) {
    case 'text':
      return block.text === '' ? [] : [{ type: 'text', text: block.text }];
    case 'image': {
      const url = urlOf(block.source);
      if (url === undefined) break;
      return [{ type: 'image_url', image_url: { url, detail: block.detail } }];
    }
    case 'audio': {
      if (block.source.type !== 'data') break;
      const format = audioFormat(block.source.mediaType);
      return [{ type: 'input_audio', input_audio: { data: block.source.data, format } }];
    }
    case 'file':
      return writeFile(block.source, block.name, block.path, losses);
    case 'refusal':
      return [{ type: 'text', text: block.text }];
    case 'foreign':
      losses.dropped(block.path, `${block.type} has no form in this dialect`);
      return [];
    default:
      break;
  }
  losses.dropped(block.path, `${block.kind} of this kind has no form in this dialect`);
  return [];
}

function urlOf(source: Source): string | undefined {
  if (source.type === 'url') return source.url;
  return source.type === 'data' ? dataUrl(source.mediaType, source.data) : undefined;
}

function writeFile(
  source: Source,
  name: string | undefined,
  path: string,
  losses: Losses,
): Record<string, unknown>[] {
  if (source.type === 'text') return [{ type: 'text', text: source.text }];
  if (source.type === 'stored' && source.dialect === 'openai-chat') {
    return [{ type: 'file', file: { file_id: source.id } }];
  }
  if (source.type !== 'data') {
    losses.dropped(path, 'this provider takes files by content only');
    return [];
  }
  if (source.mediaType.startsWith('text/')) {
    return [{ type: 'text', text: Buffer.from(source.data, 'base64').toString() }];
  }
  const file_data = dataUrl(source.mediaType, source.data);
  return [{ type: 'file', file: { filename: name ?? 'document.pdf', file_data } }];
}

function writeAssistant({ blocks }: Turn, to: Addressee, losses: Losses): object[] {
  const message: Record<string, unknown> = { role: 'assistant', content: null };
  const said = blocks.filter(({ kind }) => kind === 'text' || kind === 'foreign');
  const content = writeContent(said, losses);
  if (content !== undefined) message['content'] = content;
  const calls = blocks.filter((block) => block.kind === 'tool-call');
  if (calls.length > 0) {
    message['tool_calls'] = calls.map(({ id, name, arguments: text }) => ({
      id,
      type: 'function',
      function: { name, arguments: text === '' ? '{}' : text },
    }));
  }
  const refusals = blocks.filter((block) => block.kind === 'refusal');
  if (refusals.length > 0) message['refusal'] = refusals.map(({ text }) => text).join('\n');
  writeReasoning(
    blocks.filter((block) => block.kind === 'reasoning'),
    message,
    to,
    losses,
  );
  return Object.keys(message).length === 2 && message['content'] === null ? [] : [message];
}

/** Reasoning goes back to whoever made it, where it takes any back; it is never shown as text. */
function writeReasoning(
  blocks: readonly ReasoningBlock[],
  message: Record<string, unknown>,
  { origin, profile: { reasoningField } }: Addressee,
  losses: Losses,
): void {
  const own = blocks.filter(({ seal }) => seal !== undefined && fits(seal, origin));
  for (const block of blocks) {
    // Its own reasoning most servers do not want back.
    if (!own.includes(block)) {
      losses.dropped(block.path, 'reasoning of another model is not passed on');
    }
  }
  if (reasoningField === undefined || own.length === 0) return;
  message[reasoningField] = own.map(({ text }) => text).join('');
  const sealed = own.flatMap(({ text, seal }): object[] => {
    if (seal === undefined || seal.data === '') return [];
    return seal.isContent === true
      ? [{ type: 'reasoning.encrypted', data: seal.data }]
      : [{ type: 'reasoning.text', text, signature: seal.data }];
  });
  if (sealed.length > 0) message['reasoning_details'] = sealed;
}
