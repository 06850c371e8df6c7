import {
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
} from 'yaml';
import { isSecretHeader, NOT_SHOWN, SECRET_FIELDS, type Above } from './secret-places.ts';

/** Lists of the console's document, edited in place so that comments and order stay. */

/** The item of a section with this name, as it is written; undefined where there is none. */
export function findItem(
  text: string,
  section: string,
  name: string,
): Record<string, unknown> | undefined {
  const document = parseDocument(text);
  const index = indexOf(document, section, name);
  if (index === -1) return undefined;
  const items = (document.toJS() as Record<string, unknown[]>)[section];
  return items?.[index] as Record<string, unknown>;
}

/** The document with this item in the place of the one of its name, or at the end. */
export function putItem(
  text: string,
  section: string,
  item: Readonly<Record<string, unknown>> & { readonly name: string },
): string {
  const document = parseDocument(text);
  const index = indexOf(document, section, item.name);
  if (index !== -1) document.setIn([section, index], document.createNode(item));
  else if (isSeq(document.get(section))) document.addIn([section], document.createNode(item));
  else document.set(section, document.createNode([item]));
  return document.toString();
}

/** The document without this item. */
export function removeItem(text: string, section: string, name: string): string {
  const document = parseDocument(text);
  const index = indexOf(document, section, name);
  if (index !== -1) document.deleteIn([section, index]);
  const list = document.get(section);
  if (isSeq(list) && list.items.length === 0) document.delete(section);
  return document.contents === null ||
    (isMap(document.contents) && document.contents.items.length === 0)
    ? ''
    : document.toString();
}

function indexOf(document: Document, section: string, name: string): number {
  const list = document.get(section);
  if (!isSeq(list)) return -1;
  return list.items.findIndex((item) => isMap(item) && item.get('name') === name);
}

/** What may stand before a reference and tells nothing. */
const SCHEME = /^(?:bearer|basic|token)\s+/i;

/** A text whose secrets are references, or not there: those written out are covered. */
export function withoutSecrets(text: string): string {
  const document = parseDocument(text);
  visit(document, {
    Pair(_key, { key, value }, above) {
      if (!isScalar(key) || !isScalar(value)) return;
      const { value: told } = value;
      if (typeof told !== 'string' && typeof told !== 'number') return;
      const name = String(key.value);
      if (name === 'store' || name === 'shared') value.value = withoutUser(String(told));
      else if (SECRET_FIELDS.has(name) || (isSecretHeader(name) && isIn('headers', above)))
        value.value = covered(String(told));
    },
  });
  // What was taken out of use by hand is a secret still.
  return document
    .toString()
    .replaceAll(/^[ \t]*#.*/gm, (comment) =>
      comment.replaceAll(IN_COMMENT, (_all, field: string) => `${field}: ${NOT_SHOWN}`),
    );
}

const IN_COMMENT = new RegExp(
  `\\b(${[...SECRET_FIELDS].join('|')})["']?:\\s*("[^"]*"|'[^']*'|[^\\s,}]+)`,
  'g',
);

const isIn = (name: string, above: Above): boolean =>
  above.some((one) => isPair(one) && isScalar(one.key) && one.key.value === name);

/** References stay, without what stands in for a variable that is not set. */
function covered(value: string): string {
  const bare = value.replaceAll(/(?<!\$)\$\{(\w+):-[^}]*\}/g, `\${$1:-${NOT_SHOWN}}`);
  const rest = bare.replace(SCHEME, '').replaceAll(/(?<!\$)\$\{[^}]*\}/g, '');
  return rest === '' ? bare : NOT_SHOWN;
}

/** The URL of a store: its password may stand in the query, too (PostgreSQL, section 34.1.1.2). */
const withoutUser = (url: string): string =>
  url
    .replace(/\/\/[^/?#]*@/, `//${NOT_SHOWN}@`)
    .replaceAll(/([?&](?:password|sslpassword)=)[^&#]*/gi, `$1${NOT_SHOWN}`);

/** Whether there is one that is written out. */
export const hasSecrets = (text: string): boolean => withoutSecrets(text).includes(NOT_SHOWN);

/** Where in the console's document a secret is written out rather than referred to. */
export function literalSecrets(text: string): { line: number; column: number }[] {
  const lines = new LineCounter();
  const found: { line: number; column: number }[] = [];
  visit(parseDocument(text, { lineCounter: lines }), {
    Pair(_key, { key, value }) {
      if (!isScalar(key) || !isScalar(value) || typeof value.value !== 'string') return;
      if (!SECRET_FIELDS.has(String(key.value))) return;
      if (/^\$\{secret:[^}]+\}$/.test(value.value)) return;
      const { line, col } = lines.linePos(value.range?.[0] ?? 0);
      found.push({ line, column: col });
    },
  });
  return found;
}
