import { Progress } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { readPages } from '../../api/paged.ts';
import type { LimitState } from '../../api/types.ts';
import { Ago } from '../../ui/ago.tsx';
import { Badge } from '../../ui/badge.tsx';
import { spanWords } from '../keys/limit-words.ts';
import { formatCount, formatShare, formatUsd } from '../../ui/format.ts';
import { Card, Page } from '../../ui/page.tsx';
import { PagedTable } from '../../ui/paged-table.tsx';
import { Said } from '../../ui/said.tsx';
import { Empty } from '../../ui/states.tsx';
import type { Column } from '../../ui/table.tsx';

/** What is left of each limit and budget, and whether it will last. */
export function LimitsPage() {
  const { t } = useTranslation();
  const client = useClient();
  const limits = useInfiniteQuery({
    ...readPages(client, 'GET /api/limits'),
    refetchInterval: 10_000,
  });
  const columns = useColumns();
  return (
    <Page title={t('pages.limits')} lead={t('limits.lead')}>
      <Card flush>
        <PagedTable
          label={t('pages.limits')}
          query={limits}
          columns={columns}
          idOf={({ scope, measure, per }) => `${scope.kind} ${scope.id} ${measure} ${per}`}
          rowHeight={56}
          empty={
            <Empty title={t('limits.none')}>
              {t('limits.noneHelp')} <Link to="/keys">{t('pages.keys')}</Link>
            </Empty>
          }
        />
      </Card>
    </Page>
  );
}

const amount = (measure: LimitState['measure'], value: number): string =>
  measure === 'cost' ? formatUsd(value) : formatCount(value);

const usedShare = ({ used, limit }: LimitState): number => (limit === 0 ? 1 : used / limit);

function useColumns(): readonly Column<LimitState>[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      {
        id: 'scope',
        header: t('limits.of'),
        width: 'minmax(6rem, 1fr)',
        sort: ({ scope }) => scope.name,
        cell: ({ scope }) => (
          <>
            <strong>
              <Said>{scope.name}</Said>
            </strong>{' '}
            {t(`limits.scope.${scope.kind}`)}
          </>
        ),
      },
      {
        id: 'limit',
        header: t('limits.limit'),
        width: 'minmax(8rem, 1fr)',
        show: 'wide',
        cell: ({ measure, limit, per }) =>
          `${amount(measure, limit)}${measure === 'cost' ? '' : ` ${t(`measures.${measure}`)}`}${
            per === null ? '' : ` ${t('limits.per', { span: spanWords(per) })}`
          }`,
      },
      {
        id: 'used',
        header: t('limits.used'),
        width: 'minmax(8rem, 1.4fr)',
        sort: usedShare,
        cell: (state) => <Used state={state} />,
      },
      {
        id: 'resets',
        header: t('limits.resets'),
        width: '7rem',
        show: 'wide',
        sort: ({ resetsAt }) => resetsAt,
        cell: ({ resetsAt }) => (resetsAt === null ? '–' : <Ago at={resetsAt} />),
      },
      {
        id: 'forecast',
        header: t('limits.forecast'),
        width: 'minmax(8rem, 1.2fr)',
        sort: ({ forecast }) => forecast?.exhaustedAt ?? null,
        cell: (state) => <Forecast state={state} />,
      },
    ],
    [t],
  );
}

function Used({ state }: { readonly state: LimitState }) {
  const { t } = useTranslation();
  const share = usedShare(state);
  const colour = share >= 1 ? 'var(--failed)' : share >= 0.8 ? 'var(--impaired)' : 'var(--well)';
  const words = t('limits.usedOf', {
    used: amount(state.measure, state.used),
    limit: amount(state.measure, state.limit),
    unit: state.measure === 'cost' ? '' : ` ${t(`measures.${state.measure}`)}`,
    share: formatShare(share),
  });
  return (
    <>
      <div className="numeric">{words}</div>
      <Progress value={Math.min(100, share * 100)} color={colour} aria-label={words} />
    </>
  );
}

/** In words: a budget that lasts, or the time at which it will not. */
function Forecast({ state: { forecast, measure, limit } }: { readonly state: LimitState }) {
  const { t } = useTranslation();
  if (forecast === null) return <Badge tone="unknown">{t('limits.tooEarly')}</Badge>;
  if (forecast.exhaustedAt === null) {
    return (
      <>
        <Badge tone="well">{t('limits.lasts')}</Badge>{' '}
        {limit > 0 && t('limits.atReset', { amount: amount(measure, forecast.atReset) })}
      </>
    );
  }
  return (
    <>
      <Badge tone="failed">{t('limits.runsOut')}</Badge> <Ago at={forecast.exhaustedAt} />
    </>
  );
}
