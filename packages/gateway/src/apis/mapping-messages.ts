import { Decimal, isRecord, type FormatErrorCode, type Value } from '@vitalgate/formats';

/** A document to be mapped. */
export interface ToMapping {
  /** The expression. */
  readonly text: string;
  readonly input: unknown;
  readonly bindings: Readonly<Record<string, Value>>;
}

/** What became of it. */
export type FromMapping =
  | { readonly made: unknown }
  | { readonly code: FormatErrorCode; readonly detail: string };

/**
 * A value as it can be copied to another thread. A copy has no class of ours: a decimal goes as the one text of a set,
 * which no document has. What has none in it is given as it is.
 */
export function boxed(value: Value): unknown {
  return value instanceof Decimal ? new Set([value.text]) : withParts(value, boxed);
}

/** The value that was boxed. */
export function unboxed(value: unknown): Value {
  if (value instanceof Set) return new Decimal([...value].join(''));
  return withParts(value as Value, unboxed) as Value;
}

type Change = (part: Value) => unknown;

/** A copy only where one of its parts is another. */
function withParts(value: Value, change: Change): unknown {
  if (Array.isArray(value)) {
    const parts = value.map(change);
    return parts.some((part, i) => part !== value[i]) ? parts : value;
  }
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).map(([key, part]) => [key, change(part)] as const);
  return entries.some(([key, part]) => part !== value[key]) ? Object.fromEntries(entries) : value;
}
