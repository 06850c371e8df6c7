import { escaped } from './escape.ts';
import type { PublicRoute } from './snapshot.ts';
import { statusWords, uptimeWords } from './words.ts';

const colours = { pass: '#1a7f37', warn: '#9a6700', fail: '#cf222e', unknown: '#57606a' } as const;
/** Of Verdana at 11 px, about; the text is fitted to it. */
const CHARACTER = 6.6;
const PADDING = 10;
const MOST_CHARACTERS = 40;

/** A picture for other pages: the name of a route, how it is, and its uptime. */
export function badge({ name, status, uptime }: PublicRoute): string {
  const label = name.length > MOST_CHARACTERS ? `${name.slice(0, MOST_CHARACTERS - 1)}…` : name;
  const value = `${statusWords[status].toLowerCase()} · ${uptimeWords(uptime)}`;
  const left = Math.ceil(label.length * CHARACTER + PADDING);
  const right = Math.ceil(value.length * CHARACTER + PADDING);
  const whole = left + right;
  const words = escaped(`${label}: ${value}`);
  const text = (at: number, width: number, content: string) =>
    `<text x="${at + width / 2}" y="14" textLength="${width - PADDING}" lengthAdjust="spacingAndGlyphs">${escaped(content)}</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${whole}" height="20" role="img" aria-label="${words}"><title>${words}</title><rect width="${whole}" height="20" rx="3" fill="#24292f"/><path d="M${left} 0h${right - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3h-${right - 3}z" fill="${colours[status]}"/><g fill="#fff" text-anchor="middle" font-family="Verdana,Geneva,sans-serif" font-size="11">${text(0, left, label)}${text(left, right, value)}</g></svg>
`;
}
