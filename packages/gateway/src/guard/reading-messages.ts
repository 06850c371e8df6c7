import type { Written } from './body-text.ts';
import type { WrittenHits } from './hits.ts';
import type { Shape } from './placeholders.ts';

/** A text to be read. */
export interface ToReading {
  /** What each looks for, in JSON. */
  readonly guardrails: string;
  /** Placeholders that are to be put back. */
  readonly restores: Shape | undefined;
  readonly bytes: Uint8Array;
  readonly text: Written;
}

/** What stands in it. */
export interface FromReading {
  /** In UTF-16 units; undefined for what cannot be read. */
  readonly length: number | undefined;
  readonly hits: WrittenHits;
}
