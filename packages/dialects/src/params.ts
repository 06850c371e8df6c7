import type { Intent, Params } from './intent.ts';
import type { Losses } from './losses.ts';

/**
 * What a dialect does with each parameter: the name of its field, a function that writes it, or
 * null where it has no such thing. Total, so that a new parameter has to be answered everywhere.
 */
export type ParamTable = {
  readonly [K in keyof Params]-?: string | null | ((value: NonNullable<Params[K]>) => void);
};

/** Writes the parameters of an intent, and tells those that have no place. */
export function writeParams(
  { params, paths }: Intent,
  table: ParamTable,
  body: Record<string, unknown>,
  losses: Losses,
): void {
  for (const name of Object.keys(params) as (keyof Params)[]) {
    const value = params[name];
    if (value === undefined) continue;
    const entry = table[name] as string | null | ((value: unknown) => void);
    if (entry === null) losses.dropped(paths[name] ?? name, 'this provider has no such parameter');
    else if (typeof entry === 'string') body[entry] = value;
    else entry(value);
  }
}
