import { Button, NativeSelect, SegmentedControl } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { read } from '../../api/queries.ts';
import type { UsageRow } from '../../api/types.ts';
import { chosen, oneOf } from '../../app/search.ts';
import { Chart } from '../../ui/chart.tsx';
import { formatCount, formatUsd } from '../../ui/format.ts';
import { Loaded } from '../../ui/loaded.tsx';
import { Card, Columns, Figure, Figures, Page } from '../../ui/page.tsx';
import { ProblemAlert } from '../../ui/problem.tsx';
import { Said } from '../../ui/said.tsx';
import { Empty } from '../../ui/states.tsx';
import { DataTable, type Column } from '../../ui/table.tsx';
import { groupings, spans } from './search.ts';

const route = getRouteApi('/inside/usage');
const HOUR_MS = 3_600_000;
const spanMs: Record<(typeof spans)[number], number> = {
  '24h': 24 * HOUR_MS,
  '7d': 7 * 24 * HOUR_MS,
  '30d': 30 * 24 * HOUR_MS,
  '90d': 90 * 24 * HOUR_MS,
};

/** What was used and what it cost, by whatever it should be told apart by. */
export function UsagePage() {
  const { t } = useTranslation();
  const client = useClient();
  const navigate = route.useNavigate();
  const { by = 'day', span = '7d', model } = route.useSearch();
  // Of the minute, so that drawing anew does not ask anew.
  const [now] = useState(() => Math.floor(Date.now() / 60_000) * 60_000);
  const since = new Date(now - spanMs[span]).toISOString();
  const query = { by, since, ...(model === undefined ? {} : { model }) };
  const usage = useQuery({
    ...read(client, 'GET /api/usage', { query }),
    placeholderData: (before) => before,
  });
  const set = (changed: Readonly<Record<string, unknown>>) =>
    void navigate({ search: (old) => chosen({ ...old, ...changed }), replace: true });
  return (
    <Page
      title={t('pages.usage')}
      lead={t('usage.lead')}
      actions={
        <>
          <SegmentedControl
            aria-label={t('now.window')}
            value={span}
            data={spans.map((value) => ({ value, label: t(`usage.spans.${value}`) }))}
            onChange={(value) => set({ span: value })}
          />
          <NativeSelect
            aria-label={t('usage.by')}
            value={by}
            data={groupings.map((value) => ({ value, label: t(`usage.groups.${value}`) }))}
            onChange={(event) => set({ by: oneOf(groupings, event.currentTarget.value) })}
          />
          <Download query={query} />
        </>
      }
    >
      <Loaded query={usage}>
        {({ rows, total }) => (
          <>
            <Figures>
              <Figure label={t('requests.cost')} value={formatUsd(total.cost)} />
              <Figure label={t('pages.requests')} value={formatCount(total.requests)} />
              <Figure
                label={t('requests.input')}
                value={formatCount(total.inputTokens)}
                note={t('usage.cached', { value: formatCount(total.cachedTokens) })}
              />
              <Figure label={t('requests.output')} value={formatCount(total.outputTokens)} />
              {total.unpriced > 0 && (
                <Figure
                  label={t('usage.unpriced')}
                  value={formatCount(total.unpriced)}
                  tone="impaired"
                  note={t('usage.unpricedHelp')}
                />
              )}
            </Figures>
            {(by === 'day' || by === 'hour') && rows.length > 1 && <Plots rows={rows} />}
            <Rows rows={rows} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

interface DownloadProps {
  readonly query: {
    readonly by: (typeof groupings)[number];
    readonly since: string;
    readonly model?: string;
  };
}

function Download({ query }: DownloadProps) {
  const { t } = useTranslation();
  const client = useClient();
  const [error, setError] = useState<Error | null>(null);
  const download = async (): Promise<void> => {
    try {
      const csv = await client.call('GET /api/usage.csv', { query });
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob([csv], { type: 'text/csv' }));
      link.download = `usage-by-${query.by}-since-${query.since.slice(0, 10)}.csv`;
      link.click();
      URL.revokeObjectURL(link.href);
      setError(null);
    } catch (cause) {
      setError(cause instanceof Error ? cause : new TypeError(String(cause)));
    }
  };
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconDownload size={16} />}
        onClick={() => void download()}
      >
        {t('usage.csv')}
      </Button>
      <ProblemAlert error={error} />
    </>
  );
}

function Plots({ rows }: { readonly rows: readonly UsageRow[] }) {
  const { t } = useTranslation();
  const sorted = useMemo(() => rows.toSorted((a, b) => a.group.localeCompare(b.group)), [rows]);
  const times = useMemo(() => sorted.map(({ group }) => new Date(group).toISOString()), [sorted]);
  const cost = useMemo(
    () => [
      {
        label: t('requests.cost'),
        values: sorted.map((row) => row.cost),
        colour: 1 as const,
        shape: 'bars' as const,
      },
    ],
    [sorted, t],
  );
  const tokens = useMemo(
    () => [
      {
        label: t('requests.input'),
        values: sorted.map((row) => row.inputTokens),
        colour: 3 as const,
      },
      {
        label: t('requests.output'),
        values: sorted.map((row) => row.outputTokens),
        colour: 5 as const,
      },
    ],
    [sorted, t],
  );
  return (
    <Columns>
      <Card title={t('requests.cost')}>
        <Chart label={t('requests.cost')} times={times} series={cost} format={formatUsd} />
      </Card>
      <Card title={t('requests.tokens')}>
        <Chart label={t('requests.tokens')} times={times} series={tokens} format={formatCount} />
      </Card>
    </Columns>
  );
}

function Rows({ rows }: { readonly rows: readonly UsageRow[] }) {
  const { t } = useTranslation();
  const columns = useColumns();
  return (
    <Card flush>
      <DataTable
        label={t('pages.usage')}
        columns={columns}
        items={rows}
        idOf={({ group }) => group}
        rowHeight={40}
        empty={<Empty title={t('usage.none')} />}
      />
    </Card>
  );
}

function useColumns(): readonly Column<UsageRow>[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      {
        id: 'name',
        header: t('usage.by'),
        width: 'minmax(7rem, 2fr)',
        sort: ({ group }) => group,
        cell: ({ name }) => <Said>{name}</Said>,
      },
      {
        id: 'cost',
        header: t('requests.cost'),
        width: '7rem',
        align: 'end',
        sort: ({ cost }) => cost,
        cell: ({ cost }) => formatUsd(cost),
      },
      amount('requests', t('pages.requests'), ({ requests }) => requests),
      amount('failed', t('now.failures'), ({ failed }) => failed, 'wide'),
      amount('refused', t('now.refused'), ({ refused }) => refused, 'wide'),
      amount('input', t('requests.input'), ({ inputTokens }) => inputTokens, 'wide'),
      amount('output', t('requests.output'), ({ outputTokens }) => outputTokens, 'wide'),
      amount('unpriced', t('usage.unpriced'), ({ unpriced }) => unpriced, 'wide'),
    ],
    [t],
  );
}

const amount = (
  id: string,
  header: string,
  of: (row: UsageRow) => number,
  show: 'always' | 'wide' = 'always',
): Column<UsageRow> => ({
  id,
  header,
  width: '7rem',
  align: 'end',
  show,
  sort: of,
  cell: (row) => formatCount(of(row)),
});
