import { Group, Table } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { read } from '../../api/queries.ts';
import type { Why } from '../../api/types.ts';
import { useMayOperate } from '../../app/session.ts';
import { Ago } from '../../ui/ago.tsx';
import { StateBadge, StatusBadge } from '../../ui/badge.tsx';
import { formatCount, formatMs, formatShare, formatUsd } from '../../ui/format.ts';
import { Loaded } from '../../ui/loaded.tsx';
import { Card, Columns, Fact, Facts, Page } from '../../ui/page.tsx';
import { RowsTable } from '../../ui/rows-table.tsx';
import { Said } from '../../ui/said.tsx';
import { TargetActions } from './actions.tsx';
import { Timeline } from './timeline.tsx';
import { inert } from '../../ui/inert.ts';

const route = getRouteApi('/inside/targets/$id');

/** One target: the verdict, the rule behind it and the evidence behind that. */
export function TargetPage() {
  const { t } = useTranslation();
  const client = useClient();
  const { id } = route.useParams();
  const mayOperate = useMayOperate();
  const why = useQuery({
    ...read(client, 'GET /api/targets/{id}', { params: { id } }),
    refetchInterval: 5000,
  });
  return (
    <Page
      title={inert(id)}
      lead={<Link to="/targets">{t('targets.back')}</Link>}
      actions={mayOperate && <TargetActions id={id} />}
    >
      <Loaded query={why}>{(told) => <Told why={told} />}</Loaded>
    </Page>
  );
}

function Told({ why }: { readonly why: Why }) {
  const { t } = useTranslation();
  const { target, words, rule, basis, evidence, window } = why;
  return (
    <>
      <Columns>
        <Card title={t('targets.verdict')}>
          <Group gap="xs" mb="sm">
            <StateBadge state={target.state} status={target.status} />
            <StatusBadge status={target.status} />
          </Group>
          <p>
            <Said>{words}</Said>
          </p>
          <Facts>
            <Fact label={t('targets.rule')}>
              <code>{rule}</code>
            </Fact>
            <Fact label={t('targets.since')}>
              {target.since === null ? '–' : <Ago at={target.since} />}
            </Fact>
            <Fact label={t('targets.reason')}>
              {target.reason === null ? '–' : <Said>{target.reason}</Said>}
            </Fact>
            <Fact label={t('targets.restsFor')}>
              {target.restMs === null ? '–' : formatMs(target.restMs)}
            </Fact>
            <Fact label={t('targets.basis')}>
              {t('targets.basisWords', {
                streak: basis.streak,
                sample: basis.sample,
                ratio: formatShare(basis.ratio),
              })}
            </Fact>
          </Facts>
        </Card>
        <Card title={t('targets.doing')}>
          <Facts>
            <Fact label={t('targets.share')}>{formatShare(target.share)}</Fact>
            <Fact label={t('targets.inFlight')}>{formatCount(target.inFlight)}</Fact>
            <Fact label={t('targets.latency')}>
              {target.latencyMs === null ? '–' : formatMs(target.latencyMs)}
            </Fact>
            <Fact label={t('targets.price')}>
              {target.price === null ? '–' : formatUsd(target.price)}
            </Fact>
            <Fact label={t('targets.routes')}>
              <Said>{target.routes.join(', ') || '–'}</Said>
            </Fact>
            <Fact label={t('targets.doubtfulFeatures')}>
              <Said>{target.doubtful.join(', ') || '–'}</Said>
            </Fact>
            <Fact label={t('targets.credentials')}>
              {target.restingCredentials.length === 0
                ? t('targets.noneRest')
                : target.restingCredentials
                    .map(
                      ({ credential, reason, forMs }) =>
                        `${credential}: ${reason}, ${formatMs(forMs)}`,
                    )
                    .join('; ')}
            </Fact>
          </Facts>
        </Card>
      </Columns>
      <Card title={t('targets.evidence')}>
        <p>
          {t('targets.window', {
            span: formatMs(window.ms),
            sample: window.sample,
            ratio: formatShare(window.failureRatio),
          })}
        </p>
        <RowsTable
          label={t('targets.evidence')}
          heads={[
            t('targets.source'),
            t('targets.successes'),
            t('targets.failures'),
            t('targets.streak'),
            t('targets.lastSuccess'),
            t('targets.lastFailure'),
          ]}
          isNumeric
        >
          {evidence.map((one) => (
            <Table.Tr key={one.source}>
              <Table.Td>{one.source}</Table.Td>
              <Table.Td>{formatCount(one.successes)}</Table.Td>
              <Table.Td>{formatCount(one.failures)}</Table.Td>
              <Table.Td>{one.streak}</Table.Td>
              <Table.Td>{agoOf(one.lastSuccessAgoMs)}</Table.Td>
              <Table.Td>{agoOf(one.lastHarmAgoMs)}</Table.Td>
            </Table.Tr>
          ))}
          {evidence.length === 0 && (
            <Table.Tr>
              <Table.Td colSpan={6}>{t('targets.noEvidence')}</Table.Td>
            </Table.Tr>
          )}
        </RowsTable>
      </Card>
      <Timeline why={why} />
    </>
  );
}

const agoOf = (ms: number | undefined): string => (ms === undefined ? '–' : formatMs(ms));
