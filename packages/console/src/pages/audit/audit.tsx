import { Button } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { readPages } from '../../api/paged.ts';
import { read } from '../../api/queries.ts';
import type { AuditEntry } from '../../api/types.ts';
import { Badge } from '../../ui/badge.tsx';
import { formatDateTime, formatMoment } from '../../ui/format.ts';
import { Card, Page } from '../../ui/page.tsx';
import { PagedTable } from '../../ui/paged-table.tsx';
import { ProblemAlert } from '../../ui/problem.tsx';
import { Said } from '../../ui/said.tsx';
import { Empty } from '../../ui/states.tsx';
import type { Column } from '../../ui/table.tsx';
import { EntryDrawer } from './entry.tsx';

const route = getRouteApi('/inside/audit');

/** Who did what, from where, and what came of it; the chain of hashes can be followed. */
export function AuditPage() {
  const { t } = useTranslation();
  const client = useClient();
  const entries = useInfiniteQuery(readPages(client, 'GET /api/audit'));
  const chain = useQuery({ ...read(client, 'GET /api/audit/verify'), enabled: false });
  const columns = useColumns();
  const { entry: open } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <Page
      title={t('pages.audit')}
      lead={t('audit.lead')}
      actions={
        <>
          {chain.data !== undefined && (
            <span role="status">
              <Badge tone={chain.data.ok ? 'well' : 'failed'}>
                {chain.data.ok
                  ? t('audit.whole', { count: chain.data.entries })
                  : t('audit.broken', { at: chain.data.brokenAt ?? 0 })}
              </Badge>
            </span>
          )}
          <Button variant="default" loading={chain.isFetching} onClick={() => void chain.refetch()}>
            {t('audit.verify')}
          </Button>
        </>
      }
    >
      <ProblemAlert error={chain.error} />
      <Card flush>
        <PagedTable
          label={t('pages.audit')}
          query={entries}
          columns={columns}
          idOf={({ sequence }) => String(sequence)}
          rowHeight={40}
          onOpen={({ sequence }) => void navigate({ search: { entry: sequence } })}
          height="70vh"
          empty={<Empty title={t('audit.none')} />}
        />
      </Card>
      <EntryDrawer
        entry={entries.data?.find(({ sequence }) => sequence === open)}
        close={() => void navigate({ search: {}, replace: true })}
      />
    </Page>
  );
}

function useColumns(): readonly Column<AuditEntry>[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      {
        id: 'at',
        header: t('requests.at'),
        width: '8.25rem',
        cell: ({ at }) => (
          <time dateTime={at} title={formatDateTime(at)} className="numeric">
            {formatMoment(at)}
          </time>
        ),
      },
      {
        id: 'actor',
        header: t('audit.who'),
        width: 'minmax(5rem, 1fr)',
        cell: ({ actor }) => <Said>{actor.name === '' ? actor.kind : actor.name}</Said>,
      },
      {
        id: 'action',
        header: t('audit.what'),
        width: 'minmax(10rem, 2fr)',
        show: 'wide',
        cell: ({ action, subject }) => (
          <>
            <code>{action}</code> <Said>{subject}</Said>
          </>
        ),
      },
      {
        id: 'address',
        header: t('audit.from'),
        width: '8rem',
        show: 'wide',
        cell: ({ address }) => <Said>{address}</Said>,
      },
      {
        id: 'status',
        header: t('audit.result'),
        width: '4.5rem',
        cell: ({ status }) => <Badge tone={status < 400 ? 'well' : 'failed'}>{status}</Badge>,
      },
      {
        id: 'hash',
        header: t('audit.hash'),
        width: '7rem',
        show: 'wide',
        cell: ({ hash }) => <code title={hash}>{hash.slice(0, 10)}</code>,
      },
    ],
    [t],
  );
}
