import type { Block, Intent, Tool, ToolChoice, Turn } from './intent.ts';
import type { Losses } from './losses.ts';

/** Tools' names as they were sent, with what the caller calls them. */
export type SentNames = ReadonlyMap<string, string>;

/**
 * Gives tools names that the provider takes. Nothing is lost by it: answers are given their old
 * names back.
 */
export function withSentNames(
  intent: Intent,
  allowed: RegExp,
): { readonly intent: Intent; readonly names: SentNames } {
  const sent = new Map<string, string>();
  const taken = new Set(calledNames(intent).filter((name) => allowed.test(name)));
  const nameOf = (name: string): string => {
    const known = sent.get(name);
    if (known !== undefined || allowed.test(name)) return known ?? name;
    const word = name
      .replaceAll(/[^\w-]/g, '_')
      .replace(/^(?![A-Za-z_])/, '_')
      .slice(0, 56);
    // Some take no hyphen either.
    const plain = allowed.test(word) ? word : word.replaceAll('-', '_');
    let free = plain;
    for (let n = 2; taken.has(free); n += 1) free = `${plain}_${n}`;
    taken.add(free);
    sent.set(name, free);
    return free;
  };
  const tools = intent.tools.map((tool): Tool =>
    tool.kind === 'function' ? { ...tool, name: nameOf(tool.name) } : tool,
  );
  const turns = intent.turns.map((turn): Turn => ({
    ...turn,
    blocks: turn.blocks.map((block) => renamed(block, nameOf)),
  }));
  const toolChoice = renamedChoice(intent.toolChoice, nameOf);
  if (sent.size === 0) return { intent, names: new Map() };
  const names = new Map([...sent].map(([old, free]) => [free, old]));
  return { intent: { ...intent, tools, turns, toolChoice }, names };
}

function calledNames({ tools, turns }: Intent): string[] {
  return [
    ...tools.flatMap((tool) => (tool.kind === 'function' ? [tool.name] : [])),
    ...turns.flatMap(({ blocks }) =>
      blocks.flatMap((block) => (block.kind === 'tool-call' ? [block.name] : [])),
    ),
  ];
}

function renamed(block: Block, nameOf: (name: string) => string): Block {
  if (block.kind === 'tool-call') return { ...block, name: nameOf(block.name) };
  if (block.kind !== 'tool-result' || block.name === undefined) return block;
  return { ...block, name: nameOf(block.name) };
}

function renamedChoice(
  choice: ToolChoice | undefined,
  nameOf: (name: string) => string,
): ToolChoice | undefined {
  if (choice?.name === undefined) return choice;
  return { ...choice, name: nameOf(choice.name) };
}

/**
 * Takes out results that answer no call, and calls without a result before the conversation went
 * on: every API refuses them, and clients that trim a history leave them behind.
 */
export function withoutOrphans(intent: Intent, losses: Losses): Intent {
  const results = new Set<string>();
  const calls = new Set<string>();
  for (const { blocks } of intent.turns) {
    for (const block of blocks) {
      if (block.kind === 'tool-result') results.add(block.id);
      if (block.kind === 'tool-call') calls.add(block.id);
    }
  }
  const isOrphan = (block: Block): boolean =>
    (block.kind === 'tool-result' && !calls.has(block.id)) ||
    (block.kind === 'tool-call' && !results.has(block.id));
  if (!intent.turns.some(({ blocks }) => blocks.some(isOrphan))) return intent;
  const turns = intent.turns.map((turn) => ({
    ...turn,
    blocks: turn.blocks.filter((block) => {
      if (!isOrphan(block)) return true;
      const what = block.kind === 'tool-call' ? 'call has no result' : 'result has no call';
      losses.dropped(block.path, `this tool ${what}`);
      return false;
    }),
  }));
  return { ...intent, turns };
}
