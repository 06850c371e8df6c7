import type { Mistake } from '@vitalgate/contract';
import { MAX_MISTAKES, mistakesOf, type Errors } from '../json-schema.ts';
import { parsed } from './openapi-document.ts';
import { isJsonType, type Field, type Fields } from './openapi-fields.ts';
import { partsOf, type Part } from './parts.ts';

/** What is wrong with a body of `multipart/form-data` (RFC 7578), and with each part by itself. */
export function checkParts(
  body: Buffer,
  contentType: string,
  fields: Fields,
  validate: Errors,
): Mistake[] {
  const parts = partsOf(body, contentType);
  if (typeof parts === 'string') return [{ in: 'body', pointer: '', detail: parts }];
  const values = Object.create(null) as Record<string, unknown>;
  const mistakes: Mistake[] = [];
  for (const [name, all] of Map.groupBy(parts, (part) => part.name)) {
    const field = fields.get(name);
    const found = all.flatMap((part, i) => {
      const pointer = pointerTo(all.length === 1 ? [name] : [name, String(i)]);
      const value = valueOf(part, field);
      mistakes.push(...mistakesIn(part, value, pointer, field));
      return field?.isList === true && Array.isArray(value) ? (value as unknown[]) : [value];
    });
    values[name] = found.length === 1 ? found[0] : found;
  }
  const errors = validate(values);
  const others = errors === undefined ? [] : mistakesOf(errors, 'body');
  const told = new Set(mistakes.map(({ pointer }) => pointer));
  return [...mistakes, ...others.filter(({ pointer }) => !told.has(pointer))].slice(
    0,
    MAX_MISTAKES,
  );
}

const pointerTo = (keys: readonly string[]): string =>
  keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** Undefined for what should be JSON, and is none. */
function valueOf({ type, isFile, bytes }: Part, field: Field | undefined): unknown {
  const isDocument = type === undefined ? field?.isDocument === true : isJsonType(type);
  const isText = type === undefined ? !isFile : /^text\//i.test(type);
  if (isDocument || (isText && field?.isDocument === true)) return parsed(bytes);
  // Of a file each byte is one character, so that limits of length are of bytes.
  return bytes.toString(isText ? 'utf8' : 'latin1');
}

function mistakesIn(
  part: Part,
  value: unknown,
  pointer: string,
  field: Field | undefined,
): Mistake[] {
  const mistake = (detail: string): Mistake[] => [{ in: 'body', pointer, detail }];
  if (field !== undefined && !isOneOf(part.type, field)) {
    return mistake(`must have a content-type of ${field.types.join(', ')}`);
  }
  if (value === undefined) return mistake('must be JSON');
  const { headers, validate } = field ?? {};
  const ofHead = headers?.({ ...part.headers });
  if (ofHead !== undefined) {
    return mistakesOf(ofHead, 'body').map((one) => ({
      ...one,
      pointer,
      detail: ['header', one.pointer.slice(1), one.detail].filter((word) => word !== '').join(' '),
    }));
  }
  // A list in one part is looked at with all the others.
  if (typeof value !== 'object' || Array.isArray(value)) return [];
  return mistakesOf(validate?.(value), 'body').map((one) => ({
    ...one,
    pointer: pointer + one.pointer,
  }));
}

/** Who says nothing of what a part is, means what is described. */
function isOneOf(type: string | undefined, { types, isDocument }: Field): boolean {
  if (type === undefined || types.length === 0) return true;
  const plain = (type.split(';', 1)[0] ?? '').trim().toLowerCase();
  // What browsers send of a record: JSON that says it is text.
  if (isDocument && (isJsonType(plain) || plain === 'text/plain')) return true;
  return types.some(
    (one) =>
      one === plain || one === '*/*' || (one.endsWith('/*') && plain.startsWith(one.slice(0, -1))),
  );
}
