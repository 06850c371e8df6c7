import { component } from './component.ts';
import { lines } from './lines.ts';
import { isAlert } from './range.ts';
import { reader, type Reader } from './reader.ts';
import type { Component } from './told.ts';
import type { Word } from './words.ts';

/** In the order of their exit codes. */
const words: readonly (readonly [name: string, word: Word])[] = [
  ['OK', { status: 'pass', reason: undefined }],
  ['WARNING', { status: 'warn', reason: 'degraded' }],
  ['CRITICAL', { status: 'fail', reason: 'failed' }],
  ['UNKNOWN', { status: 'unknown', reason: 'unknown' }],
];

/** `OK`, `DISK OK - …`, `HTTP CRITICAL: …`: the service may come first. */
const STATE = /^(?:[A-Z][\w./-]{0,63} ){0,3}(OK|WARNING|CRITICAL|UNKNOWN)(?=$|[\s:;,|-])/;

/** Over HTTP, where `OK` alone is everybody's word. */
const DASHED = new RegExp(`${STATE.source} - `);

/**
 * What a monitoring plugin prints and how it ends
 * (https://www.monitoring-plugins.org/doc/guidelines.html): 0 OK, 1 WARNING, 2 CRITICAL, anything
 * else UNKNOWN. Performance data become components, judged by their own thresholds.
 */
export const nagios: Reader = reader(
  'nagios',
  ({ exitCode, code, text }) =>
    exitCode !== undefined || (code === undefined ? STATE : DASHED).test(text.slice(0, 512)),
  ({ exitCode, text }) => {
    const [line = '', ...more] = lines(text);
    const said = STATE.exec(line)?.[1];
    const status = words.find(([name]) => name === said)?.[1];
    return {
      ...(status ?? { status: undefined }),
      ...(exitCode !== undefined && { coded: ended(exitCode) }),
      said,
      output: beforeBar(line),
      components: [line, ...more].flatMap((one) => perfdata(one.slice(beforeBar(one).length + 1))),
    };
  },
);

function ended(exitCode: number): Word {
  return words[exitCode]?.[1] ?? { status: 'unknown', reason: `exit_${exitCode}` };
}

function beforeBar(line: string): string {
  const at = line.indexOf('|');
  return at === -1 ? line : line.slice(0, at);
}

/** `'label'=value[UOM][;warn[;crit[;min[;max]]]]`; no exponents. */
const DATUM =
  /\s*(?:'((?:[^'=]|''){1,128})'|([^\s'=]{1,128}))=(-?\d{1,20}(?:\.\d{1,20})?)([^\s;\d.-]{0,8})(?:;([^\s;]{0,64}))?(?:;([^\s;]{0,64}))?(?:;[^\s;]{0,64}){0,2}(?=\s|$)/y;
const OTHER = /\s*\S+/y;

function perfdata(text: string): readonly Component[] {
  const found: Component[] = [];
  // Sticky, so that what is not performance data is stepped over once.
  for (let at = 0; at < text.length && found.length < 1_000;) {
    DATUM.lastIndex = OTHER.lastIndex = at;
    const datum = DATUM.exec(text);
    if (datum !== null) found.push(judged(datum));
    else if (!OTHER.test(text)) break;
    at = datum === null ? OTHER.lastIndex : DATUM.lastIndex;
  }
  return found;
}

function judged([, quoted, bare, digits, unit, warn = '', crit = '']: RegExpExecArray): Component {
  const name = quoted?.replaceAll("''", "'") ?? bare ?? '';
  const value = Number(digits);
  const level = { fail: isAlert(crit, value), warn: isAlert(warn, value) };
  const observed = {
    measurement: 'value',
    observedValue: value,
    observedUnit: unit === '' ? undefined : unit,
  };
  if (level.fail === true)
    return component(name, { status: 'fail', reason: 'threshold' }, observed);
  if (level.warn === true)
    return component(name, { status: 'warn', reason: 'threshold' }, observed);
  const isJudged = level.fail === false || level.warn === false;
  const word: Word = isJudged ? pass : { status: 'unknown', reason: 'no_threshold' };
  return component(name, word, observed);
}

const pass: Word = { status: 'pass', reason: undefined };
