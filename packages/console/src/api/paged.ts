import { infiniteQueryOptions } from '@tanstack/react-query';
import type { Answer, ApiClient, CallInput } from '@vitalgate/contract/api/client';
import type { Reading } from './queries.ts';

/** Endpoints that tell a list page by page. */
type Paged = {
  [Key in Reading]: Answer<Key> extends { items: readonly unknown[]; next: string | null }
    ? Key
    : never;
}[Reading];
type Item<Key extends Paged> = Answer<Key> extends { items: readonly (infer One)[] } ? One : never;

const PAGE = 100;

/** All pages of a list that have been asked for, as one list. */
export function readPages<Key extends Paged>(
  client: ApiClient,
  key: Key,
  query: Readonly<Record<string, unknown>> = {},
) {
  return infiniteQueryOptions({
    queryKey: [key, { query }] as const,
    queryFn: async ({ pageParam, signal }) => {
      const asked = { ...query, limit: PAGE, ...(pageParam !== null && { cursor: pageParam }) };
      const input = { query: asked, signal } as unknown as CallInput<Key>;
      // Every `Paged` endpoint answers in this shape.
      return (await client.call(key, input)) as { items: Item<Key>[]; next: string | null };
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    select: ({ pages }) => pages.flatMap(({ items }) => items),
  });
}
