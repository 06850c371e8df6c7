import type { SavedTarget } from '@vitalgate/health';
import type { Amounts, Used } from '../access/limits/holds.ts';
import type { LimitKind } from '../access/limits/limit.ts';
import type { Period } from '../access/limits/period.ts';
import type { Family } from '../observe/metrics.ts';

/** A limit, as one process names it to another. */
export interface LimitText {
  readonly id: string;
  readonly kind: LimitKind;
  readonly quota: number;
  /** Of a budget; `known` is what it had used before anybody asked for it here. */
  readonly period?: Period;
  readonly known?: number;
  /** Of a rate. */
  readonly windowMs?: number;
  readonly burst?: number | undefined;
}

/** What a worker tells the process that started it. */
export type WorkerMessage =
  | {
      readonly type: 'take';
      readonly n: number;
      readonly limits: readonly LimitText[];
      readonly amounts: Amounts;
    }
  | { readonly type: 'settle'; readonly n: number; readonly used: Used }
  | { readonly type: 'target'; readonly target: SavedTarget }
  | { readonly type: 'metrics'; readonly families: readonly Family[] }
  /** It serves callers on this port; with the addresses of the simulators it has, by provider. */
  | {
      readonly type: 'up';
      readonly port: number;
      readonly simulators: readonly (readonly [string, string])[];
    };

/** What it is told. */
export type PrimaryMessage =
  /** Used of each limit by all workers; what `take` asked for is in it. */
  | { readonly type: 'taken'; readonly n: number; readonly used: readonly number[] }
  /** `wait` is null where nobody can say. */
  | {
      readonly type: 'refused';
      readonly n: number;
      readonly which: number;
      readonly wait: number | null;
    }
  | { readonly type: 'target'; readonly target: SavedTarget }
  | { readonly type: 'metrics'; readonly worker: number; readonly families: readonly Family[] }
  /** All workers serve. */
  | { readonly type: 'go' }
  | { readonly type: 'reload' }
  | { readonly type: 'stop'; readonly isBalanced: boolean };
