import type { Block, Intent, TextBlock, ToolResultBlock, Turn } from './intent.ts';
import type { Losses } from './losses.ts';

/** Joins neighbours of one role, for dialects that demand that roles alternate. */
export function merged(turns: readonly Turn[]): readonly Turn[] {
  const joined: { role: Turn['role']; blocks: Block[]; path: string }[] = [];
  for (const turn of turns) {
    const last = joined.at(-1);
    if (last?.role === turn.role) last.blocks.push(...turn.blocks);
    else joined.push({ role: turn.role, blocks: [...turn.blocks], path: turn.path });
  }
  return joined;
}

/**
 * The same of what was written, with its parts under `key`: a message of which a vendor can be told
 * nothing was left out, and those around it are neighbours now.
 */
export function rejoined<
  Key extends string,
  Message extends { readonly role: string } & Readonly<Record<Key, object[]>>,
>(messages: readonly Message[], key: Key): Message[] {
  const joined: Message[] = [];
  for (const message of messages) {
    const last = joined.at(-1);
    if (last?.role === message.role) last[key].push(...message[key]);
    else joined.push(message);
  }
  return joined;
}

export interface Conversation {
  readonly system: readonly TextBlock[];
  /** Of users and assistants alone. */
  readonly turns: readonly Turn[];
}

/**
 * Takes what instructs to the front, for dialects that have one place for it. An instruction that
 * stood in the middle then holds from the beginning, which is told.
 */
export function hoisted({ turns }: Intent, losses: Losses): Conversation {
  const system: TextBlock[] = [];
  const others: Turn[] = [];
  for (const turn of turns) {
    if (turn.role !== 'system') {
      others.push(turn);
      continue;
    }
    if (others.length > 0) losses.altered(turn.path, 'instructions were moved to the front');
    const texts = turn.blocks.filter((block) => block.kind === 'text');
    system.push(...texts.filter(({ text }) => text !== ''));
  }
  const last = system.at(-1);
  if (others.length > 0 || last === undefined) return { system, turns: others };
  // Nobody answers instructions alone; some APIs refuse them.
  losses.altered(last.path, 'the only message was sent as a user message');
  return {
    system: system.slice(0, -1),
    turns: [{ role: 'user', blocks: [last], path: last.path }],
  };
}

/** The name of the tool that each call id belongs to. */
export function callNames(turns: readonly Turn[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { blocks } of turns) {
    for (const block of blocks) if (block.kind === 'tool-call') names.set(block.id, block.name);
  }
  return names;
}

/** What a tool brought, for dialects that take one text and know no errors of tools. */
export function resultText({ content, isError, path }: ToolResultBlock, losses: Losses): string {
  const text = content
    .map((block) => (block.kind === 'text' ? block.text : ''))
    .filter((one) => one !== '')
    .join('\n');
  if (!isError) return text;
  losses.altered(`${path}.is_error`, 'said in the text of the result');
  return `Error: ${text}`;
}

/** Tells fields and blocks that only the dialect they were written in understands. */
export function tellExtras({ extras }: Intent, losses: Losses): void {
  for (const { path } of extras) losses.dropped(path, 'this provider has no such field');
}
