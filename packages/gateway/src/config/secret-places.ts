import { isMap, isPair, isScalar, LineCounter, parseDocument, visit, type Node } from 'yaml';

/** Where the console's document may refer to a secret, and what it is sent to from there. */

/** Fields that hold a secret where nothing refers to one. */
export const SECRET_FIELDS: ReadonlySet<string> = new Set([
  'secret',
  'value',
  'password',
  'token',
  'routingKey',
  'webhookUrl',
  'clientSecret',
  'secretAccessKey',
  'sessionToken',
  'serviceAccount',
  'shared',
  'store',
]);

/** What stands in the place of a secret where the rest is shown. */
export const NOT_SHOWN = '(not shown)';

/** Fields of a request or an answer whose values are credentials more often than not. */
export const isSecretHeader = (name: string): boolean =>
  /auth|key|token|secret|cookie|pass/i.test(name);

/** Fields beside and above a secret that say where it is sent to, and as what. */
const DESTINATION = [
  'dialect',
  'kind',
  'baseUrl',
  'url',
  'webhookUrl',
  'host',
  'port',
  'security',
] as const;

const REFERENCE = /^\$\{secret:([^}]+)\}$/;

/** What stands above a text of the document, from the root; the text itself may be the last. */
export type Above = readonly object[];

/**
 * Why a secret may not be referred to from here; undefined where it may. It is for the object that
 * it was written for: mistakes quote what they find, and would tell it anywhere else.
 */
export function misplaced(name: string, above: Above): string | undefined {
  const keys = above.flatMap((one) => (isPair(one) && isScalar(one.key) ? [one.key.value] : []));
  const item = above.filter((one) => isMap(one))[1];
  if (above.some((one) => (one as Node).anchor !== undefined)) {
    return 'behind an anchor it could be used anywhere; expected it without one';
  }
  const owner = `${String(keys[0])}/${String(item?.get('name'))}/`;
  if (name.startsWith(owner) && SECRET_FIELDS.has(String(keys.at(-1)))) return undefined;
  const [section = '', own = ''] = name.split('/');
  return `a secret is for what it was written for; this one is for ${section} ${own}`;
}

/**
 * Where the secrets of an object are sent to. One that is given another place, or another kind, does
 * not take along what was written for it: whoever may change it could read it there.
 */
export const placeOf = (item: Readonly<Record<string, unknown>>): string =>
  JSON.stringify(DESTINATION.map((field) => placeIn(field, item[field])));

/** Where one stands that would give a secret away; lines and columns count from 1. */
interface StrayReference {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** A reference to a secret; lines and columns count from 1. */
interface Reference {
  readonly line: number;
  readonly column: number;
  /** Its name, and where it is sent to. */
  readonly use: string;
}

/**
 * References that would send a secret to another place than the document before does: whoever may
 * write the document could read it there. Credentials are written one by one for that.
 */
export function strayReferences(before: string, after: string): StrayReference[] {
  const known = new Set(referencesIn(before).map(({ use }) => use));
  return referencesIn(after)
    .filter(({ use }) => !known.has(use))
    .map(({ line, column }) => ({
      line,
      column,
      message:
        'found a secret that would be sent to another place than it was written for; write it as a credential there',
    }));
}

function referencesIn(text: string): Reference[] {
  const lines = new LineCounter();
  const found: Reference[] = [];
  visit(parseDocument(text, { lineCounter: lines }), {
    Scalar(position, node, above) {
      const name = position === 'key' ? undefined : REFERENCE.exec(String(node.value))?.[1];
      if (name === undefined) return;
      const { line, col } = lines.linePos(node.range?.[0] ?? 0);
      const to = above.flatMap((one) =>
        isMap(one) ? DESTINATION.map((field) => placeIn(field, one.get(field))) : [],
      );
      found.push({ line, column: col, use: JSON.stringify([name, ...to]) });
    },
  });
  return found;
}

/** Under a base URL everything has one owner; a host of webhooks may have many. */
function placeIn(field: (typeof DESTINATION)[number], told: unknown): unknown {
  const url = told instanceof URL ? told : URL.parse(String(told));
  if (url === null || url.origin === 'null') return told ?? null;
  return field === 'baseUrl' ? url.origin : url.href;
}
