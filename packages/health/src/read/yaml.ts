import { object } from './json.ts';
import { lines } from './lines.ts';
import { malformed, reader, type Reader } from './reader.ts';

const PAIR = /^([A-Za-z_][\w.-]{0,63})\s{0,9}:(?:\s+(.*))?$/s;
const STATUS = /^(?:---[^\n]{0,64}\n)?(?:status|state|health|healthy)\s{0,9}:\s/i;

/**
 * The flat part of YAML alone: `key: value` at the left margin, with plain or quoted scalars. What
 * is nested, anchored, tagged or folded is not read, so that no alias can grow; write JSON (which
 * is YAML) where more has to be told.
 */
export const yaml: Reader = reader(
  'yaml',
  ({ type, text }) =>
    /^(application|text)\/(x-)?yaml$/.test(type) ||
    type.endsWith('+yaml') ||
    STATUS.test(text.slice(0, 256)),
  ({ text }) => {
    const pairs = lines(text).flatMap((line) => {
      const [, key, value] = PAIR.exec(line) ?? [];
      return key === undefined || value === undefined ? [] : [[key, scalar(value)] as const];
    });
    return pairs.length === 0 ? malformed : object(Object.fromEntries(pairs));
  },
);

/** YAML 1.2's core schema; texts for everything else. */
function scalar(written: string): unknown {
  const value = written.replace(/\s#.*/s, '').trim();
  if (/^[&*!|>{[]/.test(value)) return undefined;
  const quoted = /^(?:"([^"]*)"|'([^']*)')$/.exec(value);
  if (quoted !== null) return quoted[1] ?? quoted[2];
  if (/^(true|false)$/i.test(value)) return value.toLowerCase() === 'true';
  return /^-?\d{1,15}(\.\d{1,15})?$/.test(value) ? Number(value) : value;
}
