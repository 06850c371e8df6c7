import { RequestError } from './errors.ts';
import type { Intent, Params } from './intent.ts';
import type { Losses } from './losses.ts';
import type { Profile } from './profile.ts';

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

/** What a provider does with `n` that gives one answer and cannot be asked for more. */
export const onlyOne =
  ({ paths }: Intent) =>
  (value: number): void => {
    if (value !== 1) {
      throw new RequestError(paths.n ?? 'n', value, '1, since this provider gives one answer');
    }
  };

/** Writes sampling parameters as far as a model takes them; `most` is the highest temperature. */
export function sampler(
  { params, paths }: Intent,
  { sampling }: Profile,
  most: number,
  losses: Losses,
) {
  return (name: 'temperature' | 'topP' | 'topK', write: (value: number) => void) =>
    (value: number): void => {
      const path = paths[name] ?? name;
      if (sampling === 'none') losses.dropped(path, 'this model refuses sampling parameters');
      else if (sampling === 'one' && name === 'topP' && params.temperature !== undefined) {
        losses.dropped(path, 'this model takes temperature or top_p, not both');
      } else if (name === 'temperature' && value > most) {
        losses.altered(path, `set to ${most}, the highest this provider takes`);
        write(most);
      } else write(value);
    };
}
