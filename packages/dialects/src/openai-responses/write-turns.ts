import type { Addressee } from '../codec.ts';
import { textIn } from '../fields.ts';
import type { Block, Intent, ReasoningBlock, Source, ToolResultBlock, Turn } from '../intent.ts';
import type { Losses } from '../losses.ts';
import { dataUrl } from '../media.ts';
import { AUTOMATIC_CACHE } from '../openai-chat/cache.ts';
import { fits } from '../seal.ts';
import { resultText } from '../turns.ts';

/** Writes `input`: each call, result and piece of reasoning is an item of its own. */
export function writeTurns({ turns }: Intent, to: Addressee, losses: Losses): object[] {
  const items = turns.flatMap((turn) => writeTurn(turn, to, losses));
  return to.profile.pairsResults ? paired(items) : items;
}

/** Each call with its result behind it, as servers want it that look at places and not at ids. */
function paired(items: readonly object[]): object[] {
  const results = new Map(
    items.flatMap((item): [unknown, object][] =>
      textIn(item, 'type') === 'function_call_output' ? [[textIn(item, 'call_id'), item]] : [],
    ),
  );
  return items.flatMap((item) => {
    const type = textIn(item, 'type');
    if (type === 'function_call_output') return [];
    const result = type === 'function_call' ? results.get(textIn(item, 'call_id')) : undefined;
    return result === undefined ? [item] : [item, result];
  });
}

function writeTurn({ role, blocks }: Turn, to: Addressee, losses: Losses): object[] {
  const items: object[] = [];
  let parts: object[] = [];
  const said = role === 'system' ? to.profile.systemRole : role;
  const flush = (): void => {
    if (parts.length > 0) items.push({ type: 'message', role: said, content: parts });
    parts = [];
  };
  for (const block of blocks) {
    if (role === 'assistant' && (block.kind === 'text' || block.kind === 'refusal')) {
      // Without the id of an answer that is stored, what a model said is taken as a plain text.
      flush();
      if (block.text !== '') items.push({ role, content: block.text });
      continue;
    }
    if (block.cache !== undefined) losses.dropped(`${block.path}.cache_control`, AUTOMATIC_CACHE);
    const item = writeItem(block, to, losses);
    if (item === undefined) {
      parts.push(...writePart(block, losses));
      continue;
    }
    flush();
    items.push(...item);
  }
  flush();
  return items;
}

/** A block that is an item by itself; undefined for one that is a part of a message. */
function writeItem(block: Block, to: Addressee, losses: Losses): object[] | undefined {
  switch (block.kind) {
    case 'tool-call': {
      const text = block.arguments === '' ? '{}' : block.arguments;
      return [{ type: 'function_call', call_id: block.id, name: block.name, arguments: text }];
    }
    case 'tool-result':
      return [
        { type: 'function_call_output', call_id: block.id, output: writeOutput(block, losses) },
      ];
    case 'reasoning':
      return writeReasoning(block, to, losses);
    case 'foreign':
      // Parts of messages begin like this; everything else of Responses' own is an item.
      if (block.dialect === 'openai-responses' && !block.type.startsWith('input_'))
        return [block.value as object];
      return undefined;
    default:
      return undefined;
  }
}

/** A text where it is one; pictures and files may stand beside it. */
function writeOutput(result: ToolResultBlock, losses: Losses): string | object[] {
  const text = resultText(result, losses);
  const media = result.content.filter(({ kind }) => kind !== 'text');
  if (media.length === 0) return text;
  const parts = media.flatMap((block) => writePart(block, losses));
  return text === '' ? parts : [{ type: 'input_text', text }, ...parts];
}

function writePart(block: Block, losses: Losses): object[] {
  switch (block.kind) {
    case 'text':
    case 'refusal':
      return block.text === '' ? [] : [{ type: 'input_text', text: block.text }];
    case 'image': {
      const { source, detail = 'auto' } = block;
      const image_url = urlOf(source);
      if (image_url !== undefined) return [{ type: 'input_image', image_url, detail }];
      if (isStored(source)) return [{ type: 'input_image', file_id: source.id, detail }];
      break;
    }
    case 'file': {
      const written = writeFile(block.source, block.name);
      if (written !== undefined) return [written];
      break;
    }
    case 'foreign':
      if (block.dialect === 'openai-responses') return [block.value as object];
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

/** OpenAI keeps files for both of its dialects. */
const isStored = (source: Source): source is Extract<Source, { type: 'stored' }> =>
  source.type === 'stored' && source.dialect.startsWith('openai-');

function writeFile(source: Source, name: string | undefined): object | undefined {
  if (source.type === 'text') return { type: 'input_text', text: source.text };
  if (source.type === 'url') return { type: 'input_file', file_url: source.url };
  if (source.type === 'stored')
    return isStored(source) ? { type: 'input_file', file_id: source.id } : undefined;
  if (source.mediaType.startsWith('text/')) {
    return { type: 'input_text', text: Buffer.from(source.data, 'base64').toString() };
  }
  const file_data = dataUrl(source.mediaType, source.data);
  return { type: 'input_file', filename: name ?? 'document.pdf', file_data };
}

/** Reasoning goes back to whoever made it; it is never shown as text. */
function writeReasoning(
  { text, seal, path }: ReasoningBlock,
  { origin }: Addressee,
  losses: Losses,
): object[] {
  const isOwn = seal !== undefined && fits(seal, origin);
  if (!isOwn || (seal.data === '' && seal.id === undefined)) {
    losses.dropped(path, 'reasoning of another model is not passed on');
    return [];
  }
  const summary = text === '' ? [] : [{ type: 'summary_text', text }];
  const encrypted_content = seal.data === '' ? undefined : seal.data;
  return [{ type: 'reasoning', id: seal.id, summary, encrypted_content }];
}
