import type { Addressee } from '../codec.ts';
import { idFor } from '../ids.ts';
import type { Block, Source, TextBlock, ToolResultBlock, Turn } from '../intent.ts';
import type { Losses } from '../losses.ts';
import { dataUrl } from '../media.ts';
import { AUTOMATIC_CACHE } from '../openai-chat/cache.ts';
import { fits } from '../seal.ts';

interface Message {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly [field: string]: unknown;
}

interface Part {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Writes `messages`. */
export function writeTurns(
  system: readonly TextBlock[],
  turns: readonly Turn[],
  to: Addressee,
  losses: Losses,
): readonly Message[] {
  const instructions = contentOf(system, to, losses);
  const messages: Message[] =
    instructions === undefined ? [] : [{ role: 'system', content: instructions }];
  for (const turn of turns) {
    const written =
      turn.role === 'assistant' ? writeAssistant(turn, to, losses) : writeUser(turn, to, losses);
    for (const message of written) {
      // Mistral refuses a user that speaks before a result was answered.
      if (message.role === 'user' && messages.at(-1)?.role === 'tool') {
        losses.altered(turn.path, 'the assistant was made to answer the result before');
        messages.push({ role: 'assistant', content: 'OK' });
      }
      messages.push(message);
    }
  }
  return withPrefix(messages);
}

/** A last word of the assistant is a beginning to go on from, which has to be said. */
function withPrefix(messages: readonly Message[]): readonly Message[] {
  const last = messages.at(-1);
  if (last?.role !== 'assistant') return messages;
  return [...messages.slice(0, -1), { ...last, prefix: true }];
}

/** Results of tools are messages of their own, and come before what the user says with them. */
function writeUser({ blocks }: Turn, to: Addressee, losses: Losses): Message[] {
  const messages = blocks
    .filter((block) => block.kind === 'tool-result')
    .map((block) => writeResult(block, to, losses));
  const rest = blocks.filter(({ kind }) => kind !== 'tool-result');
  const content = contentOf(rest, to, losses);
  return content === undefined ? messages : [...messages, { role: 'user', content }];
}

function writeResult(block: ToolResultBlock, to: Addressee, losses: Losses): Message {
  const { id, name, content, isError, path } = block;
  if (isError) losses.altered(`${path}.is_error`, 'said in the text of the result');
  const told: Block[] = isError
    ? [{ kind: 'text', text: 'Error:', path }, ...content]
    : [...content];
  const tool_call_id = plainId(id);
  return { role: 'tool', tool_call_id, name, content: contentOf(told, to, losses) ?? '' };
}

function writeAssistant({ blocks }: Turn, to: Addressee, losses: Losses): Message[] {
  const calls = blocks.filter((block) => block.kind === 'tool-call');
  const rest = blocks.filter(({ kind }) => kind !== 'tool-call');
  const content = contentOf(rest, to, losses);
  if (content === undefined && calls.length === 0) return [];
  const tool_calls = calls.map(({ id, name, arguments: text }) => ({
    id: plainId(id),
    type: 'function',
    function: { name, arguments: text === '' ? '{}' : text },
  }));
  const called = calls.length === 0 ? {} : { tool_calls };
  return [{ role: 'assistant', content: content ?? '', ...called }];
}

/** Nine letters and digits (Mistral refuses others); those it made itself come back as they were. */
const plainId = (id: string): string => idFor(id, /^[a-zA-Z0-9]{9}$/, 9);

/** A string where it is one text; undefined when there is nothing. */
function contentOf(
  blocks: readonly Block[],
  to: Addressee,
  losses: Losses,
): string | readonly Part[] | undefined {
  const parts = blocks.flatMap((block) => writePart(block, to, losses));
  const [first] = parts;
  if (first === undefined) return undefined;
  return parts.length === 1 && typeof first['text'] === 'string' ? first['text'] : parts;
}

function writePart(block: Block, { origin }: Addressee, losses: Losses): Part[] {
  if (block.cache !== undefined) losses.dropped(`${block.path}.cache_control`, AUTOMATIC_CACHE);
  switch (block.kind) {
    case 'text':
    case 'refusal':
      return block.text === '' ? [] : [{ type: 'text', text: block.text }];
    case 'image': {
      const url = urlOf(block.source);
      if (url === undefined) break;
      return [{ type: 'image_url', image_url: { url, detail: block.detail } }];
    }
    case 'audio':
      if (block.source.type !== 'data') break;
      return [{ type: 'input_audio', input_audio: block.source.data }];
    case 'file': {
      const { source, name } = block;
      if (source.type === 'text') return [{ type: 'text', text: source.text }];
      const document_url = urlOf(source);
      if (document_url === undefined) break;
      return [{ type: 'document_url', document_url, document_name: name }];
    }
    case 'reasoning':
      if (block.seal !== undefined && fits(block.seal, origin)) {
        return [{ type: 'thinking', thinking: [{ type: 'text', text: block.text }] }];
      }
      losses.dropped(block.path, 'reasoning of another model is not passed on');
      return [];
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
