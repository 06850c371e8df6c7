import { RequestError } from '../errors.ts';
import type { Fields } from '../fields.ts';
import type { Extra, Tool, ToolChoice } from '../intent.ts';

/** Which of the tools may be called, and whether one must be. */
export interface Choosing {
  readonly toolChoice: ToolChoice | undefined;
  readonly tools: readonly Tool[];
}

/**
 * Reads what OpenAI's dialects say of the choice of a tool (OpenAI API reference, `tool_choice`),
 * which they nest differently. Of tools that are not allowed in this turn nobody else knows how to
 * be told but by not offering them.
 */
export function readChoice(
  fields: Fields,
  path: 'tool_choice' | 'function_call',
  tools: readonly Tool[],
  extras: Extra[],
): Choosing {
  const choice = fields.raw(path);
  if (choice === undefined) return { toolChoice: undefined, tools };
  if (isMode(choice)) return { toolChoice: { type: choice, path }, tools };
  if (typeof choice === 'string') {
    throw new RequestError(path, choice, 'auto, none, required or a tool');
  }
  const chosen = fields.object(path) as Fields;
  const type = chosen.string('type') ?? 'function';
  if (type === 'function') {
    const named = chosen.object('function') ?? chosen;
    return { toolChoice: { type: 'tool', name: named.needString('name'), path }, tools };
  }
  const allowed = type === 'allowed_tools' ? readAllowed(chosen) : undefined;
  if (allowed === undefined) {
    // One of OpenAI's own tools.
    extras.push({ path, value: chosen.whole() });
    return { toolChoice: undefined, tools };
  }
  const left = tools.filter((tool) => tool.kind === 'function' && allowed.names.has(tool.name));
  return { toolChoice: { type: allowed.mode, path }, tools: left };
}

type Mode = 'auto' | 'none' | 'required';

const isMode = (value: unknown): value is Mode =>
  value === 'auto' || value === 'none' || value === 'required';

/** Undefined where it names other tools than functions. */
function readAllowed(
  chosen: Fields,
): { readonly mode: Mode; readonly names: ReadonlySet<string> } | undefined {
  const list = chosen.object('allowed_tools') ?? chosen;
  const mode = list.string('mode') ?? 'auto';
  if (!isMode(mode)) throw new RequestError(list.at('mode'), mode, 'auto or required');
  const names = list.objects('tools').map((tool) => {
    if ((tool.string('type') ?? 'function') !== 'function') return undefined;
    return (tool.object('function') ?? tool).needString('name');
  });
  const known = names.filter((name) => name !== undefined);
  return known.length === names.length ? { mode, names: new Set(known) } : undefined;
}
