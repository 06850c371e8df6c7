import { isMap, isScalar, isSeq, LineCounter, parseDocument, visit, type Document } from 'yaml';

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

/** Fields that hold a secret where nothing refers to one. */
const SECRET_FIELDS = new Set([
  'secret',
  'value',
  'password',
  'token',
  'routingKey',
  'webhookUrl',
  'clientSecret',
  'shared',
  'store',
]);

/** A text whose secrets are references, or not there: those written out are covered. */
export function withoutSecrets(text: string): string {
  const document = parseDocument(text);
  visit(document, {
    Pair(_key, { key, value }) {
      if (!isScalar(key) || !isScalar(value) || typeof value.value !== 'string') return;
      const name = String(key.value);
      if (!SECRET_FIELDS.has(name) || value.value.includes('${')) return;
      if (name === 'store' || name === 'shared') {
        value.value = value.value.replace(/\/\/[^@/]*@/, '//(not shown)@');
      } else value.value = '(not shown)';
    },
  });
  return document.toString();
}

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
