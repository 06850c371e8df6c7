import type { Ask, Tool, ToolCall } from './ask.ts';
import type { Random } from './random.ts';
import { sample } from './sample.ts';
import { phrase } from './trigram.ts';

/**
 * Which tools the toy calls. It is no judge of meaning: a message asks for a tool when it names it,
 * shares a telling word with its name ("weather" for `get_weather`), or says to use a tool.
 */
export function callsFor(ask: Ask, random: Random): readonly ToolCall[] {
  const text = endsOf(ask.userText);
  const tools = chosen(ask, text);
  const [only] = tools;
  if (only === undefined) return [];
  const names = namesIn(text);
  const forced = typeof ask.toolChoice === 'object';
  const count = tools.length === 1 && ask.parallelTools && !forced ? timesAsked(text) : 1;
  const all = ask.parallelTools ? tools : [only];
  const repeated = Array.from({ length: count }, () => all).flat();
  return repeated.map((tool, index) => ({
    name: tool.name,
    arguments: argumentsFor(tool, random, names.slice(index)),
  }));
}

/** A wish for a tool stands at either end of a long message; the rest is what it is about. */
const endLength = 2000;

function endsOf(text: string): string {
  if (text.length <= 2 * endLength) return text;
  return `${text.slice(0, endLength)}\n${text.slice(-endLength)}`;
}

function chosen({ toolChoice, tools, toolResults }: Ask, text: string): readonly Tool[] {
  if (toolChoice === 'none') return [];
  if (typeof toolChoice === 'object') return tools.filter((tool) => tool.name === toolChoice.name);
  const asked = tools.filter((tool) => isNamed(tool.name, text));
  if (toolChoice === 'required') return asked.length > 0 ? asked : tools.slice(0, 1);
  // The user's message has been answered once a tool has: asking again would never end.
  if (toolResults.length > 0) return [];
  if (asked.length > 0) return asked;
  if (/\b(all|both|each)\b.*\b(tools|functions)\b/i.test(text)) return tools;
  return /\b(tool|function)s?\b/i.test(text) ? tools.slice(0, 1) : [];
}

const tellsNothing = new Set([
  'call',
  'current',
  'find',
  'from',
  'function',
  'make',
  'tool',
  'with',
]);

function isNamed(name: string, text: string): boolean {
  const lower = text.toLowerCase();
  if (lower.includes(name.toLowerCase())) return true;
  const said = lower.split(/[^\p{L}\p{N}]+/u);
  const parts = name
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((part) => part.length >= 4 && !tellsNothing.has(part));
  return parts.some((part) => said.some((word) => word.startsWith(part)));
}

const mostCalls = 8;

function timesAsked(text: string): number {
  const number = /\b(\d+) times\b/i.exec(text)?.[1];
  if (number !== undefined) return Math.min(mostCalls, Math.max(1, Number(number)));
  const several =
    /\b(parallel|both|twice|each)\b/i.test(text) || /\p{Lu}\p{L}+ and \p{Lu}/u.test(text);
  return several ? 2 : 1;
}

/** Quoted words and proper names of a message: likely values for a tool's arguments. */
function namesIn(text: string): readonly string[] {
  const quoted = [...text.matchAll(/["“']([^"”']{1,60})["”']/gu)].map((match) => match[1] ?? '');
  // A capital after a full stop is grammar, not a name, unless a second one follows.
  const proper = [...text.matchAll(/(?<![.!?]\s|^)\p{Lu}[\p{L}-]+(?:\s\p{Lu}[\p{L}-]+)*/gu)];
  return [...quoted, ...proper.map((match) => match[0])];
}

function argumentsFor(tool: Tool, random: Random, names: readonly string[]): unknown {
  const left = [...names];
  const words = (): string => left.shift() ?? phrase(random, 2);
  const value = tool.parameters === undefined ? {} : sample(tool.parameters, random, words);
  return typeof value === 'object' && value !== null ? value : {};
}
