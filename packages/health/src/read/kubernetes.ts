import { component, worstOf } from './component.ts';
import { lines } from './lines.ts';
import { reader, type Reader, type Statement } from './reader.ts';
import type { Component } from './told.ts';
import type { Word } from './words.ts';

const LINE = /^\[([+-])\](.{1,256}?) (ok|excluded(?: with [^:]{1,64})?: ok|failed: .*)$/;
const LAST = /^\S{1,64} check (passed|failed)$/;

/**
 * The text of kube-apiserver's `/livez`, `/readyz` and `/healthz`
 * (https://kubernetes.io/docs/reference/using-api/health-checks/). A check that was excluded is
 * not known, whatever its line says.
 */
export const kubernetes: Reader = reader(
  'kubernetes',
  ({ text }) => /^\[[+-]\]/.test(text) || text.startsWith('internal server error:'),
  ({ text }) => {
    const all = lines(text);
    const components = all.flatMap(read);
    const notes = all.filter((line) => line.startsWith('warn: '));
    return { ...sum(all, components), components, notes };
  },
);

function read(line: string): readonly Component[] {
  const found = LINE.exec(line);
  if (found === null) return [];
  const [, sign, name = '', rest = ''] = found;
  return [component(name, wordOf(sign, rest), { said: rest.slice(0, 256) })];
}

function wordOf(sign: string | undefined, rest: string): Word {
  if (rest.startsWith('excluded')) return { status: 'unknown', reason: 'excluded' };
  return sign === '+'
    ? { status: 'pass', reason: undefined }
    : { status: 'fail', reason: 'failed' };
}

function sum(all: readonly string[], components: readonly Component[]): Statement {
  const last = LAST.exec(all.at(-1) ?? '')?.[1];
  if (last === 'passed') return { status: 'pass', said: last };
  if (last === 'failed') return { status: 'fail', reason: 'failed', said: last };
  const [line = ''] = all;
  // A single check that fails says why, and no more (`/readyz/<check>`).
  if (line.startsWith('internal server error:'))
    return { status: 'fail', reason: 'failed', output: line };
  if (line === 'ok') return { status: 'pass', said: 'ok' };
  // Cut off before its last line: a failure is one, but nothing more can be known.
  return worstOf(components)?.status === 'fail'
    ? { status: 'fail', reason: 'failed' }
    : { status: 'unknown', reason: 'incomplete' };
}
