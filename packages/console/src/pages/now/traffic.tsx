import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { read } from '../../api/queries.ts';
import type { TrafficPoint } from '../../api/types.ts';
import { Chart } from '../../ui/chart.tsx';
import { formatCount, formatMs } from '../../ui/format.ts';
import { Loaded } from '../../ui/loaded.tsx';
import { Card, Columns } from '../../ui/page.tsx';
import { windows } from './search.ts';

const route = getRouteApi('/inside/');

/** What has been going on: requests and their failures, and how long people waited. */
export function Traffic() {
  const { t } = useTranslation();
  const client = useClient();
  const { window = '1h' } = route.useSearch();
  const navigate = route.useNavigate();
  const traffic = useQuery({
    ...read(client, 'GET /api/traffic', { query: { window } }),
    refetchInterval: 15_000,
    placeholderData: (before) => before,
  });
  return (
    <>
      <SegmentedControl
        aria-label={t('now.window')}
        value={window}
        data={windows.map((value) => ({ value, label: t(`windows.${value}`) }))}
        onChange={(value) => void navigate({ search: { window: value }, replace: true })}
      />
      <Loaded query={traffic}>{({ points }) => <Plots points={points} />}</Loaded>
    </>
  );
}

function Plots({ points }: { readonly points: readonly TrafficPoint[] }) {
  const { t } = useTranslation();
  const times = useMemo(() => points.map(({ at }) => at), [points]);
  const counts = useMemo(
    () => [
      {
        label: t('now.requests'),
        values: points.map(({ requests }) => requests),
        colour: 1 as const,
      },
      { label: t('now.failures'), values: points.map(({ failed }) => failed), colour: 2 as const },
      { label: t('now.refused'), values: points.map(({ refused }) => refused), colour: 5 as const },
    ],
    [points, t],
  );
  const waits = useMemo(
    () => [
      {
        label: t('now.median'),
        values: points.map((one) => one.firstTokenP50Ms),
        colour: 3 as const,
      },
      {
        label: t('now.p95Short'),
        values: points.map((one) => one.firstTokenP95Ms),
        colour: 4 as const,
      },
    ],
    [points, t],
  );
  return (
    <Columns>
      <Card title={t('now.traffic')}>
        <Chart label={t('now.traffic')} times={times} series={counts} format={formatCount} />
      </Card>
      <Card title={t('now.firstToken')}>
        <Chart label={t('now.firstToken')} times={times} series={waits} format={formatMs} />
      </Card>
    </Columns>
  );
}
