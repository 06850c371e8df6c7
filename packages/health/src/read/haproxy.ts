import { reader, type Reader, type Statement } from './reader.ts';
import { worseOf, type Word } from './words.ts';
import { lines } from './lines.ts';

const WORD =
  /^(?:up|ready|drain|maint|down|fail|stopped|\d{1,3}%|weight:\d{1,3}%?|maxconn:\d{1,9})$/i;

const words: ReadonlyMap<string, Word> = new Map<string, Word>([
  ['up', { status: 'pass', reason: undefined }],
  ['ready', { status: 'pass', reason: undefined }],
  ['drain', { status: 'fail', reason: 'draining' }],
  ['maint', { status: 'fail', reason: 'maintenance' }],
  ['down', { status: 'fail', reason: 'failed' }],
  ['fail', { status: 'fail', reason: 'failed' }],
  ['stopped', { status: 'fail', reason: 'stopped' }],
]);

/**
 * The line of an HAProxy agent, such as `up ready 50%` or `down #no database`
 * (https://docs.haproxy.org/2.6/configuration.html#5.2-agent-check). Less than its whole weight is
 * a warning, none of it a drain.
 */
export const haproxy: Reader = reader(
  'haproxy',
  ({ code, exitCode, type, text }) => {
    if (code !== undefined || exitCode !== undefined || type !== '') return false;
    const said = wordsIn(text);
    return said.length > 0 && said.every((word) => WORD.test(word));
  },
  ({ text }) => {
    const [line = ''] = lines(text.slice(0, 1_024));
    const said = wordsIn(text).filter((word) => WORD.test(word));
    const found = said.flatMap((word) => meaning(word.toLowerCase()) ?? []);
    const hash = line.indexOf('#');
    const extra = Object.fromEntries(said.flatMap(setting));
    const output = hash === -1 ? undefined : line.slice(hash + 1);
    return { ...sum(found), said: said.join(' '), output, extra };
  },
);

/** Of the first line, as far as its text. */
function wordsIn(text: string): readonly string[] {
  const [line = ''] = lines(text.slice(0, 1_024));
  const [told = ''] = line.split('#', 1);
  return told.split(/[ \t,]+/).filter((word) => word !== '');
}

function meaning(word: string): Word | undefined {
  const weight = /^(?:weight:)?(\d+)(%?)$/.exec(word);
  if (weight === null) return words.get(word);
  const [, digits, percent] = weight;
  if (Number(digits) === 0) return { status: 'fail', reason: 'draining' };
  const isLess = percent === '%' && Number(digits) < 100;
  return isLess ? { status: 'warn', reason: 'degraded' } : { status: 'pass', reason: undefined };
}

/** What the agent says stays as it was is left out. */
function sum(found: readonly Word[]): Statement {
  const [some] = found;
  if (some === undefined) return { status: undefined };
  return found.reduce(
    (one, other) => (worseOf(one.status, other.status) === one.status ? one : other),
    some,
  );
}

function setting(word: string): readonly (readonly [string, number])[] {
  const weight = /^(?:weight:)?(\d+)%?$/i.exec(word)?.[1];
  if (weight !== undefined) return [['weight', Number(weight)]];
  const maxconn = /^maxconn:(\d+)$/i.exec(word)?.[1];
  return maxconn === undefined ? [] : [['maxconn', Number(maxconn)]];
}
