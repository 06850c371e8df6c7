import { NativeSelect, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { readPages } from '../../api/paged.ts';
import { read } from '../../api/queries.ts';
import type { Key } from '../../api/types.ts';
import { chosen, oneOf, textOf } from '../../app/search.ts';
import { useMayMakeKeys } from '../../app/session.ts';
import { Ago } from '../../ui/ago.tsx';
import { nameColumn } from '../../ui/name-column.tsx';
import { Card, Page } from '../../ui/page.tsx';
import { PagedTable } from '../../ui/paged-table.tsx';
import { Said } from '../../ui/said.tsx';
import { Empty } from '../../ui/states.tsx';
import type { Column } from '../../ui/table.tsx';
import { CreateKey } from './create.tsx';
import { KeyDrawer } from './drawer.tsx';
import { limitWords } from './limit-words.ts';
import { keyStatuses } from './search.ts';
import { KeyStatusBadge } from './status-badge.tsx';

const route = getRouteApi('/inside/keys');

/** Who may call, and how much. */
export function KeysPage() {
  const { t } = useTranslation();
  const client = useClient();
  const { open, ...search } = route.useSearch();
  const navigate = route.useNavigate();
  const mayMake = useMayMakeKeys();
  const keys = useInfiniteQuery(readPages(client, 'GET /api/keys', search));
  const columns = useColumns();
  const set = (changed: Readonly<Record<string, string | undefined>>, replace = true) =>
    void navigate({ search: (old) => chosen({ ...old, ...changed }), replace });
  const setQuery = useDebouncedCallback((text: string) => set({ q: textOf(text) }), 250);
  const isFiltered = Object.keys(search).length > 0;

  return (
    <Page title={t('pages.keys')} lead={t('keys.lead')} actions={mayMake && <CreateKey />}>
      <Card
        flush
        actions={
          <>
            <TextInput
              aria-label={t('keys.filter')}
              placeholder={t('keys.filter')}
              defaultValue={search.q ?? ''}
              onChange={(event) => setQuery(event.currentTarget.value)}
            />
            <NativeSelect
              aria-label={t('keys.status')}
              value={search.status ?? ''}
              data={[
                { value: '', label: t('keys.allStatuses') },
                ...keyStatuses.map((value) => ({ value, label: t(`keyStatus.${value}`) })),
              ]}
              onChange={(event) => set({ status: oneOf(keyStatuses, event.currentTarget.value) })}
            />
          </>
        }
      >
        <PagedTable
          label={t('pages.keys')}
          query={keys}
          columns={columns}
          idOf={({ id }) => id}
          onOpen={({ id }) => set({ open: id }, false)}
          empty={
            <Empty title={t(isFiltered ? 'common.noMatch' : 'keys.none')}>
              {isFiltered ? undefined : t('keys.noneHelp')}
            </Empty>
          }
        />
      </Card>
      <KeyDrawer id={open} close={() => set({ open: undefined })} />
    </Page>
  );
}

function useColumns(): readonly Column<Key>[] {
  const { t } = useTranslation();
  const client = useClient();
  const teams = useQuery(read(client, 'GET /api/teams', { query: { limit: 200 } }));
  const names = useMemo(
    () => new Map(teams.data?.items.map(({ id, name }) => [id, name])),
    [teams.data],
  );
  return useMemo(
    () => [
      nameColumn<Key>(t('common.name')),
      {
        id: 'hint',
        header: t('keys.hint'),
        width: '8rem',
        show: 'wide',
        cell: ({ hint, managedBy }) =>
          managedBy === 'file' ? (
            t('common.file')
          ) : (
            <code>
              <Said>{hint === null ? '–' : `${hint}…`}</Said>
            </code>
          ),
      },
      {
        id: 'status',
        header: t('keys.status'),
        width: '6rem',
        sort: ({ status }) => status,
        cell: ({ status }) => <KeyStatusBadge status={status} />,
      },
      {
        id: 'team',
        header: t('keys.team'),
        width: 'minmax(5rem, 0.8fr)',
        show: 'wide',
        sort: ({ team }) => (team === null ? null : (names.get(team) ?? team)),
        cell: ({ team }) => (team === null ? '–' : <Said>{names.get(team) ?? team}</Said>),
      },
      {
        id: 'owner',
        header: t('keys.owner'),
        width: 'minmax(6rem, 1fr)',
        show: 'wide',
        sort: ({ owner }) => owner,
        cell: ({ owner }) => (owner === null ? '–' : <Said>{owner}</Said>),
      },
      {
        id: 'models',
        header: t('keys.models'),
        width: 'minmax(6rem, 1fr)',
        show: 'wide',
        cell: ({ models }) =>
          models === null ? t('common.all') : <Said>{models.join(', ')}</Said>,
      },
      {
        id: 'limits',
        header: t('keys.limits'),
        width: 'minmax(9rem, 1.6fr)',
        show: 'wide',
        cell: ({ limits }) =>
          limits.length === 0 ? t('common.none') : limits.map(limitWords).join(' · '),
      },
      {
        id: 'used',
        header: t('keys.lastUsed'),
        width: '7rem',
        sort: ({ lastUsedAt }) => lastUsedAt,
        cell: ({ lastUsedAt }) => (lastUsedAt === null ? t('keys.never') : <Ago at={lastUsedAt} />),
      },
    ],
    [t, names],
  );
}
