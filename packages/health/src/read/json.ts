import { componentsOf, tellsHealth, worstOf } from './component.ts';
import { field, isFields, textIn, type Fields } from './fields.ts';
import { malformed, reader, type Reader, type Statement } from './reader.ts';
import { rootOf } from './root.ts';
import type { Component } from './told.ts';
import { wordOf } from './words.ts';

const words = [
  'status',
  'Status',
  'state',
  'health',
  'healthy',
  'isHealthy',
  'ok',
  'alive',
  'up',
  'ready',
];
const holders = ['checks', 'components', 'dependencies', 'services', 'checkResults', 'details'];

/**
 * JSON that says how it is in one field or other: `{"status":"ok"}`, `{"healthy":true}`, `"UP"`,
 * status pages, lists of checks without a sum (the worst of them counts). JSON without a word of
 * health is `unknown`, but for a bare `uptime`: whoever tells that is up, and the code counts.
 */
export const json: Reader = reader(
  'json',
  ({ type, json }) =>
    json !== undefined || /^(application|text)\/(json|[a-z.-]+\+json)$/.test(type),
  ({ json }) => {
    if (json === undefined) return malformed;
    return isFields(json) ? object(json) : value(json);
  },
);

function value(json: unknown): Statement {
  const word = wordOf(json);
  if (word !== undefined) return { ...word, said: String(json) };
  const components = Array.isArray(json) && json.some(tellsHealth) ? componentsOf(json) : [];
  return { ...(worstOf(components) ?? silent), components };
}

const silent = { status: 'unknown', reason: 'no_status' } as const;

/** Also of formats that say the same in other letters. */
export function object(root: Fields): Statement {
  const components = componentsIn(root);
  const inner = field(root, ...words);
  if (isFields(inner)) return { ...nested(root, inner), components };
  if (inner !== undefined) return { ...rootOf(root, holders, words), components };
  const sum = worstOf(components);
  if (sum !== undefined) return { ...rootOf(root, holders), said: undefined, ...sum, components };
  const isUp = typeof field(root, 'uptime') === 'number' && field(root, 'error') === undefined;
  return { ...rootOf(root, []), said: undefined, ...(isUp ? { status: undefined } : silent) };
}

/** Status pages keep a word and a text within the status (Atlassian Statuspage, `/api/v2/status.json`). */
function nested(root: Fields, inner: Fields): Statement {
  const word = field(inner, 'indicator', 'status', 'state', 'code');
  // `none` is how Statuspage says that nothing is wrong.
  const known = word === 'none' ? wordOf('ok') : wordOf(word);
  const said = typeof word === 'string' ? word.slice(0, 256) : undefined;
  return {
    ...rootOf(root, holders),
    said,
    output: textIn(inner, 'description'),
    ...(known ?? silent),
  };
}

/** In a field of their own, or beside the status at the root (HMCTS). */
function componentsIn(root: Fields): readonly Component[] {
  const holder = holders.find((name) => Object.values(field(root, name) ?? {}).some(tellsHealth));
  if (holder !== undefined) return componentsOf(field(root, holder));
  if (field(root, ...words) === undefined) return [];
  const beside = Object.entries(root).filter(([, one]) => isFields(one) && tellsHealth(one));
  return componentsOf(Object.fromEntries(beside));
}
