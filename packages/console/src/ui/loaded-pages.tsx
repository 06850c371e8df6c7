import { Button } from '@mantine/core';
import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Failed, Loading } from './states.tsx';

interface LoadedPagesProps<Item> {
  readonly query: UseInfiniteQueryResult<readonly Item[]>;
  /** Shown where there is nothing. */
  readonly empty: ReactNode;
  readonly children: (items: readonly Item[]) => ReactNode;
}

/** A list that has pages, newest first: what was read of it, and a button for what is older. */
export function LoadedPages<Item>({ query, empty, children }: LoadedPagesProps<Item>) {
  const { t } = useTranslation();
  const { data } = query;
  if (data === undefined) {
    if (!query.isError) return <Loading />;
    return <Failed error={query.error} retry={() => void query.refetch()} />;
  }
  if (data.length === 0) return empty;
  return (
    <>
      {children(data)}
      {query.hasNextPage && (
        <Button
          variant="default"
          loading={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {t('common.older')}
        </Button>
      )}
    </>
  );
}
