/** What JSON formats have at their root beside a status, in the spellings that are met. */
import { field, fieldsIn, linksIn, textIn, textsIn, without, type Fields } from './fields.ts';
import type { Statement } from './reader.ts';
import { statusWord, wordOf } from './words.ts';

const known = [
  'status',
  'output',
  'version',
  'releaseId',
  'description',
  'name',
  'serviceId',
  'notes',
  'links',
  'groups',
];

/** The status in one of these fields and all else but the components, which are kept in `holders`. */
export function rootOf(
  root: Fields,
  holders: readonly string[],
  words: readonly string[] = ['status'],
): Statement {
  const word = field(root, ...words);
  const build = fieldsIn(root, 'build', 'buildInfo');
  return {
    ...statusWord(word),
    said: wordText(word),
    output: textIn(root, 'output', 'message'),
    name: textIn(root, 'serviceId', 'name', 'systemCode'),
    description: textIn(root, 'description'),
    version: textIn(root, 'version') ?? (build && textIn(build, 'version', 'buildNumber')),
    releaseId: textIn(root, 'releaseId'),
    notes: textsIn(root, 'notes'),
    links: linksIn(root, 'links'),
    groups: textsIn(root, 'groups'),
    extra: without(root, [...known, ...holders]),
  };
}

export function wordText(word: unknown): string | undefined {
  if (typeof word === 'string') return word.slice(0, 256);
  return wordOf(word) === undefined ? undefined : String(word);
}
