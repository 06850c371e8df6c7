import { RequestError } from '../errors.ts';
import type { Losses } from '../losses.ts';
import type { EmbeddingIntent, EmbeddingParams } from './embedding.ts';

/** As `ParamTable` of chats: the name of a field, a function that writes it, or why there is none. */
export type EmbeddingTable = {
  readonly [K in keyof EmbeddingParams]-?:
    | { readonly field: string }
    | { readonly write: (value: NonNullable<EmbeddingParams[K]>) => void }
    | { readonly lost: string };
};

/** Writes what tunes the vectors, and tells what has no place. */
export function writeEmbeddingParams(
  { params, paths }: EmbeddingIntent,
  table: EmbeddingTable,
  body: Record<string, unknown>,
  losses: Losses,
): void {
  for (const name of Object.keys(params) as (keyof EmbeddingParams)[]) {
    const value = params[name];
    if (value === undefined) continue;
    const entry = table[name];
    if ('lost' in entry) losses.dropped(paths[name] ?? name, entry.lost);
    else if ('field' in entry) body[entry.field] = value;
    else (entry.write as (value: unknown) => void)(value);
  }
}

export const noUser = { lost: 'this provider has no such parameter' };
export const noTitle = { lost: 'this provider knows no titles of documents' };
export const noPurpose = { lost: 'this provider embeds all texts alike' };

/** Where a text that is too long is refused in any case: to be cut is all that cannot be had. */
export const neverTruncates = (
  { paths }: EmbeddingIntent,
  losses: Losses,
): { readonly write: (truncate: boolean) => void } => ({
  write(truncate) {
    if (!truncate) return;
    losses.dropped(paths.truncate ?? 'truncate', 'this provider refuses a text that is too long');
  },
});

/** The one text of a provider that embeds one at a time. */
export function onlyText({ inputs }: EmbeddingIntent): string {
  const [first, second] = inputs;
  if (second !== undefined) {
    throw new RequestError(second.path, second.text, 'one text, since this model takes no more');
  }
  return first?.text ?? '';
}
