import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ComponentProps } from 'react';
import { Failed, Loading } from './states.tsx';
import { DataTable } from './table.tsx';

type PagedTableProps<Item> = Omit<ComponentProps<typeof DataTable<Item>>, 'items' | 'onEnd'> & {
  readonly query: UseInfiniteQueryResult<readonly Item[]>;
};

/** A table that reads its next page when the end of the last comes into view. */
export function PagedTable<Item>({ query, ...props }: PagedTableProps<Item>) {
  const { data, hasNextPage, isFetching, fetchNextPage } = query;
  if (data === undefined) {
    if (!query.isError) return <Loading />;
    return <Failed error={query.error} retry={() => void query.refetch()} />;
  }
  return (
    <DataTable
      {...props}
      items={data}
      onEnd={() => {
        if (hasNextPage && !isFetching) void fetchNextPage();
      }}
    />
  );
}
