import type { Random } from './random.ts';
import { prose } from './prose.ts';

/**
 * A toy text generator: each word is drawn from the words that followed the two before it in the
 * prose. It knows nothing and means nothing.
 */
const words = prose.split(/\s+/).filter((word) => word !== '');
const openings: string[] = [];
const afterOne = new Map<string, string[]>();
const afterTwo = new Map<string, string[]>();

for (const [index, word] of words.entries()) {
  const one = words[index - 1];
  const two = words[index - 2];
  if (one === undefined || endsSentence(one)) openings.push(word);
  if (one !== undefined) listFor(afterOne, one).push(word);
  if (one !== undefined && two !== undefined) listFor(afterTwo, `${two} ${one}`).push(word);
}

/** How often one word of context has to do. With always two the prose would come back as it is. */
const looseness = 0.3;
const longestSentence = 32;

/** `count` sentences, each beginning as a sentence of the prose does and ending in a full stop. */
export function sentences(random: Random, count: number): string {
  const all: string[] = [];
  // A short sentence of the prose comes back often; saying it twice in a row would look broken.
  for (let tries = 0; all.length < count && tries < 4 * count; tries++) {
    const next = sentence(random);
    if (!all.includes(next)) all.push(next);
  }
  return all.join(' ');
}

/** A few words without punctuation, for a name or a title. */
export function phrase(random: Random, count: number): string {
  const plain = sentence(random)
    .replaceAll(/[^\p{L}\s]/gu, '')
    .toLowerCase();
  return plain
    .split(/\s+/)
    .filter((word) => word !== '')
    .slice(0, count)
    .join(' ');
}

function sentence(random: Random): string {
  const said: string[] = [random.pick(openings) ?? 'Here'];
  while (said.length < longestSentence) {
    const one = said.at(-1) ?? '';
    if (endsSentence(one)) return said.join(' ');
    const strict = afterTwo.get(`${said.at(-2) ?? ''} ${one}`);
    const loose = afterOne.get(one);
    const choices = strict === undefined || random.next() < looseness ? loose : strict;
    const next = choices && random.pick(choices);
    if (next === undefined) break;
    said.push(next);
  }
  return `${said.join(' ').replace(/[^\p{L}]+$/u, '')}.`;
}

function endsSentence(word: string): boolean {
  return /[.?!]$/.test(word);
}

function listFor(map: Map<string, string[]>, key: string): string[] {
  let list = map.get(key);
  if (list === undefined) map.set(key, (list = []));
  return list;
}
