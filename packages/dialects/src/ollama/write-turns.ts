import { inputOf } from '../arguments.ts';
import type { Addressee } from '../codec.ts';
import { RequestError } from '../errors.ts';
import type { Block, Intent, ReasoningBlock, Source, ToolCallBlock, Turn } from '../intent.ts';
import type { Losses } from '../losses.ts';
import { fits } from '../seal.ts';
import { resultText } from '../turns.ts';

interface Message {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly content: string;
  readonly [field: string]: unknown;
}

/** Writes `messages`. */
export function writeTurns({ turns }: Intent, to: Addressee, losses: Losses): Message[] {
  return turns.flatMap((turn) => {
    tellCaches(turn, losses);
    return turn.role === 'assistant' ? writeAssistant(turn, to, losses) : writeOther(turn, losses);
  });
}

function tellCaches({ blocks }: Turn, losses: Losses): void {
  for (const { cache, path } of blocks) {
    if (cache !== undefined) {
      losses.dropped(`${path}.cache_control`, 'this provider keeps prompts in memory by itself');
    }
  }
}

/** Results of tools are messages of their own, and come before what the user says with them. */
function writeOther({ role, blocks }: Turn, losses: Losses): Message[] {
  const messages: Message[] = [];
  const rest: Block[] = [];
  for (const block of blocks) {
    if (block.kind !== 'tool-result') {
      rest.push(block);
      continue;
    }
    const { id, name } = block;
    const content = resultText(block, losses);
    messages.push({ role: 'tool', content, tool_name: name, tool_call_id: id });
    const others = block.content.filter(({ kind }) => kind !== 'text');
    if (others.length > 0) losses.altered(block.path, 'a result in pictures was sent as the user');
    rest.push(...others);
  }
  const { content, images } = said(rest, losses);
  if (content === '' && images.length === 0) return messages;
  const pictures = images.length === 0 ? {} : { images };
  messages.push({ role: role === 'system' ? 'system' : 'user', content, ...pictures });
  return messages;
}

/** What a message can hold: one text, and pictures beside it. */
function said(blocks: readonly Block[], losses: Losses): { content: string; images: string[] } {
  const texts: string[] = [];
  const images: string[] = [];
  for (const block of blocks) {
    const text = textOf(block);
    if (text !== undefined) texts.push(text);
    else if (block.kind === 'image') images.push(...imageOf(block.source, block.path, losses));
    else {
      const what = block.kind === 'foreign' ? block.type : `${block.kind} of this kind`;
      losses.dropped(block.path, `${what} has no form in this dialect`);
    }
  }
  return { content: texts.filter((text) => text !== '').join('\n'), images };
}

function textOf(block: Block): string | undefined {
  if (block.kind === 'text' || block.kind === 'refusal') return block.text;
  if (block.kind !== 'file') return undefined;
  const { source } = block;
  if (source.type === 'text') return source.text;
  return source.type === 'data' && source.mediaType.startsWith('text/')
    ? Buffer.from(source.data, 'base64').toString()
    : undefined;
}

function imageOf(source: Source, path: string, losses: Losses): string[] {
  if (source.type === 'data') return [source.data];
  if (source.type === 'url') {
    // Fetching it would let callers choose whom this network talks to.
    throw new RequestError(
      path,
      source.url,
      'the picture itself, since this provider fetches none',
    );
  }
  losses.dropped(path, 'a picture stored at another vendor cannot be read');
  return [];
}

function writeAssistant({ blocks }: Turn, to: Addressee, losses: Losses): Message[] {
  const calls = blocks.filter((block) => block.kind === 'tool-call');
  const reasoning = blocks.filter((block) => block.kind === 'reasoning');
  const rest = blocks.filter(({ kind }) => kind !== 'tool-call' && kind !== 'reasoning');
  const { content, images } = said(rest, losses);
  const thinking = writeThinking(reasoning, to, losses);
  const message: Message = {
    role: 'assistant',
    content,
    ...(images.length === 0 ? {} : { images }),
    ...(thinking === '' ? {} : { thinking }),
    ...(calls.length === 0 ? {} : { tool_calls: calls.map((call) => writeCall(call, losses)) }),
  };
  return content === '' && Object.keys(message).length === 2 ? [] : [message];
}

function writeCall({ id, name, arguments: text, path }: ToolCallBlock, losses: Losses): object {
  const input = inputOf(text);
  if (input === undefined) {
    losses.altered(path, 'arguments that are no JSON object were sent as text in one');
  }
  return { id, function: { name, arguments: input ?? { invalid_json: text } } };
}

/** Reasoning goes back to whoever made it; it is never shown as text. */
function writeThinking(
  blocks: readonly ReasoningBlock[],
  { origin }: Addressee,
  losses: Losses,
): string {
  const isOwn = ({ seal }: ReasoningBlock) => seal !== undefined && fits(seal, origin);
  for (const block of blocks) {
    if (!isOwn(block)) losses.dropped(block.path, 'reasoning of another model is not passed on');
  }
  return blocks
    .filter(isOwn)
    .map(({ text }) => text)
    .join('');
}
