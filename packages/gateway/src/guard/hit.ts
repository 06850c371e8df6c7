import type { Guardrail } from './guardrail.ts';

/** One find that counts, in a text as it was written. */
export interface Hit {
  /** Undefined where a placeholder is put back. */
  readonly guardrail: Guardrail | undefined;
  readonly kind: string;
  readonly start: number;
  readonly end: number;
}

/** What stands in one text, and how long that is in UTF-16 units. */
export interface Found {
  readonly length: number;
  readonly hits: Finds;
}

/** Finds of one text, in order. */
export type Finds = Iterable<Hit> & { readonly length: number };
