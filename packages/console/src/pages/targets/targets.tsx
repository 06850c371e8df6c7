import { NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { read } from '../../api/queries.ts';
import type { Target } from '../../api/types.ts';
import { chosen, oneOf, textOf } from '../../app/search.ts';
import { Ago } from '../../ui/ago.tsx';
import { StateBadge } from '../../ui/badge.tsx';
import { formatCount, formatMs, formatShare, formatUsd } from '../../ui/format.ts';
import { Loaded } from '../../ui/loaded.tsx';
import { Card, Page } from '../../ui/page.tsx';
import { Said } from '../../ui/said.tsx';
import { Empty } from '../../ui/states.tsx';
import { DataTable, type Column } from '../../ui/table.tsx';
import { states } from './search.ts';
import { inert } from '../../ui/inert.ts';

const route = getRouteApi('/inside/targets');

/** Every target: what it does, why, and how well. */
export function TargetsPage() {
  const { t } = useTranslation();
  const client = useClient();
  const { state, q } = route.useSearch();
  const navigate = route.useNavigate();
  const targets = useQuery({ ...read(client, 'GET /api/targets'), refetchInterval: 10_000 });
  const columns = useColumns();

  return (
    <Page
      title={t('pages.targets')}
      lead={t('targets.lead')}
      actions={
        <>
          <TextInput
            aria-label={t('targets.filter')}
            placeholder={t('targets.filter')}
            defaultValue={q ?? ''}
            onChange={(event) =>
              void navigate({
                search: chosen({ state, q: textOf(event.currentTarget.value) }),
                replace: true,
              })
            }
          />
          <NativeSelect
            aria-label={t('targets.state')}
            value={state ?? ''}
            data={[
              { value: '', label: t('targets.allStates') },
              ...states.map((value) => ({ value, label: t(`state.${value}`) })),
            ]}
            onChange={(event) =>
              void navigate({
                search: chosen({ q, state: oneOf(states, event.currentTarget.value) }),
                replace: true,
              })
            }
          />
        </>
      }
    >
      <Loaded query={targets}>
        {({ items }) => (
          <Card flush>
            <DataTable
              label={t('pages.targets')}
              columns={columns}
              items={items.filter(
                (one) =>
                  (state === undefined || one.state === state) &&
                  (q === undefined || one.id.toLowerCase().includes(q.toLowerCase())),
              )}
              idOf={({ id }) => id}
              rowHeight={48}
              onOpen={({ id }) => void navigate({ to: '/targets/$id', params: { id } })}
              empty={
                <Empty title={t(items.length === 0 ? 'targets.none' : 'common.noMatch')}>
                  {items.length === 0 ? t('targets.noneHelp') : undefined}
                </Empty>
              }
            />
          </Card>
        )}
      </Loaded>
    </Page>
  );
}

function useColumns(): readonly Column<Target>[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      {
        id: 'id',
        header: t('targets.target'),
        width: 'minmax(10rem, 2fr)',
        sort: ({ id }) => id,
        cell: ({ id }) => (
          <Link to="/targets/$id" params={{ id }} tabIndex={-1}>
            <Said>{id}</Said>
          </Link>
        ),
      },
      {
        id: 'state',
        header: t('targets.state'),
        width: '7rem',
        sort: ({ state }) => states.indexOf(state),
        cell: ({ state, status }) => <StateBadge state={state} status={status} />,
      },
      {
        id: 'reason',
        header: t('targets.reason'),
        width: 'minmax(8rem, 1.5fr)',
        show: 'wide',
        cell: ({ reason, restMs, retired, doubtful }) => (
          <>
            {retired && t('targets.retired')}
            {reason !== null && <Said>{reason}</Said>}
            {restMs !== null && ` · ${t('now.restsFor', { value: formatMs(restMs) })}`}
            {doubtful.length > 0 &&
              ` · ${t('targets.doubtful', { what: inert(doubtful.join(', ')) })}`}
          </>
        ),
      },
      {
        id: 'since',
        header: t('targets.since'),
        width: '7rem',
        show: 'wide',
        sort: ({ since }) => since,
        cell: ({ since }) => (since === null ? '–' : <Ago at={since} />),
      },
      {
        id: 'share',
        header: t('targets.share'),
        width: '5rem',
        show: 'wide',
        align: 'end',
        sort: ({ share }) => share,
        cell: ({ share }) => formatShare(share),
      },
      {
        id: 'inFlight',
        header: t('targets.inFlight'),
        width: '6rem',
        show: 'wide',
        align: 'end',
        sort: ({ inFlight }) => inFlight,
        cell: ({ inFlight }) => formatCount(inFlight),
      },
      {
        id: 'latency',
        header: t('targets.latency'),
        width: '5.5rem',
        align: 'end',
        sort: ({ latencyMs }) => latencyMs,
        cell: ({ latencyMs }) => (latencyMs === null ? '–' : formatMs(latencyMs)),
      },
      {
        id: 'price',
        header: t('targets.price'),
        width: '6.5rem',
        show: 'wide',
        align: 'end',
        sort: ({ price }) => price,
        cell: ({ price }) => (price === null ? '–' : formatUsd(price)),
      },
      {
        id: 'routes',
        header: t('targets.routes'),
        width: 'minmax(6rem, 1fr)',
        show: 'wide',
        cell: ({ routes }) => <Said>{routes.join(', ')}</Said>,
      },
    ],
    [t],
  );
}
