import type { DrillScore } from '@vitalgate/gateway';
import type { Drillable } from './rig.ts';

/** What the process of a drill is told, once. */
export interface DrillOrder {
  readonly config: Drillable;
  readonly scenarios: readonly string[];
}

/** What it tells. */
export type DrillNews =
  | { readonly type: 'started'; readonly scenario: string }
  | { readonly type: 'scored'; readonly score: DrillScore }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'done' };
