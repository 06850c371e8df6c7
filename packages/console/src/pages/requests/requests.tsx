import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { useEvent } from '../../api/live.ts';
import type { Receipt } from '../../api/types.ts';
import { chosen, oneOf, textOf } from '../../app/search.ts';
import { Failed, Empty, Loading } from '../../ui/states.tsx';
import { Card, Page } from '../../ui/page.tsx';
import { DataTable } from '../../ui/table.tsx';
import { useReceiptColumns } from './columns.tsx';
import { outcomes, readRequestsSearch } from './search.ts';

const route = getRouteApi('/inside/requests');
type Filters = ReturnType<typeof route.useSearch>;

const PAGE = 200;
/** Beyond it the oldest of the tail go; a search finds them. */
const TAIL = 1000;

/** A tail of what is asked right now, above what was asked before. */
export function RequestsPage() {
  const { t } = useTranslation();
  const client = useClient();
  const queries = useQueryClient();
  // What else stands in an address that somebody was sent is no filter.
  const filters = readRequestsSearch(route.useSearch());
  const { live: isLive = true, ...search } = filters;
  const navigate = route.useNavigate();
  const columns = useReceiptColumns();
  const queryKey = ['GET /api/requests', { search }] as const;
  const pages = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) =>
      client.call('GET /api/requests', {
        query: { ...search, limit: PAGE, ...(pageParam !== null && { cursor: pageParam }) },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    // New ones come by themselves.
    staleTime: Infinity,
    // The tail hears nothing while another page is shown: what ended meanwhile would be missing.
    refetchOnMount: 'always',
  });
  const tail = useTail(isLive, filters, JSON.stringify(search));
  const items = useMemo(() => {
    const known = new Set(tail.map(({ id }) => id));
    const before = pages.data?.pages.flatMap(({ items }) => items) ?? [];
    return [...tail, ...before.filter(({ id }) => !known.has(id))];
  }, [tail, pages.data]);

  const set = (changed: Partial<Record<keyof Filters, unknown>>) =>
    void navigate({ search: (old) => chosen({ ...old, ...changed }), replace: true });
  const setText = useDebouncedCallback((name: 'q' | 'model' | 'key', text: string) => {
    set({ [name]: textOf(text) });
  }, 250);

  return (
    <Page
      title={t('pages.requests')}
      lead={t('requests.lead')}
      actions={
        <Button
          variant="default"
          aria-pressed={isLive}
          leftSection={isLive ? <IconPlayerPause size={16} /> : <IconPlayerPlay size={16} />}
          onClick={() => {
            // What was missed while it stood still is read.
            if (!isLive) void queries.invalidateQueries({ queryKey: ['GET /api/requests'] });
            set({ live: isLive ? false : undefined });
          }}
        >
          {isLive ? t('requests.pause') : t('requests.resume')}
        </Button>
      }
    >
      <Card
        flush
        title={t('requests.shown', { count: items.length })}
        actions={
          <>
            <TextInput
              aria-label={t('requests.search')}
              placeholder={t('requests.search')}
              defaultValue={filters.q ?? ''}
              onChange={(event) => setText('q', event.currentTarget.value)}
            />
            <TextInput
              aria-label={t('requests.model')}
              placeholder={t('requests.model')}
              defaultValue={filters.model ?? ''}
              onChange={(event) => setText('model', event.currentTarget.value)}
            />
            <NativeSelect
              aria-label={t('requests.outcome')}
              value={filters.outcome ?? ''}
              data={[
                { value: '', label: t('requests.allOutcomes') },
                ...outcomes.map((value) => ({ value, label: t(`outcome.${value}`) })),
              ]}
              onChange={(event) => set({ outcome: oneOf(outcomes, event.currentTarget.value) })}
            />
          </>
        }
      >
        {pages.isPending ? (
          <Loading />
        ) : pages.isError && pages.data === undefined ? (
          <Failed error={pages.error} retry={() => void pages.refetch()} />
        ) : (
          <DataTable
            label={t('pages.requests')}
            columns={columns}
            items={items}
            idOf={({ id }) => id}
            rowHeight={40}
            height="70vh"
            onOpen={({ id }) => void navigate({ to: '/requests/$id', params: { id } })}
            onEnd={() => {
              if (pages.hasNextPage && !pages.isFetching) void pages.fetchNextPage();
            }}
            empty={
              <Empty title={t(Object.keys(search).length > 0 ? 'common.noMatch' : 'requests.none')}>
                {Object.keys(search).length > 0 ? undefined : t('requests.noneHelp')}
              </Empty>
            }
          />
        )}
      </Card>
    </Page>
  );
}

/** What has ended since the page was opened, newest first, as far as the filters let it through. */
function useTail(isLive: boolean, filters: Filters, shape: string): readonly Receipt[] {
  const [tail, setTail] = useState<{ shape: string; items: readonly Receipt[] }>({
    shape,
    items: [],
  });
  const items = tail.shape === shape ? tail.items : [];
  useEvent('request', (receipt) => {
    if (isLive && passes(receipt, filters)) {
      setTail({ shape, items: [receipt, ...items].slice(0, TAIL) });
    }
  });
  return items;
}

/** As the server would filter; `q` looks into what the server looks into. */
function passes(receipt: Receipt, { q, model, target, key, outcome }: Filters): boolean {
  const { id, reason } = receipt;
  const texts = [id, receipt.model, receipt.target, receipt.key?.name, reason];
  return (
    (q === undefined || texts.some((text) => text?.includes(q) === true)) &&
    (model === undefined || receipt.model === model) &&
    (target === undefined || receipt.target === target) &&
    (key === undefined || receipt.key?.id === key) &&
    (outcome === undefined || receipt.outcome === outcome)
  );
}
