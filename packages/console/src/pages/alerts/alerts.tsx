import { Table } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { readPages } from '../../api/paged.ts';
import { Ago } from '../../ui/ago.tsx';
import { Badge } from '../../ui/badge.tsx';
import { LoadedPages } from '../../ui/loaded-pages.tsx';
import { Card, Columns, Page } from '../../ui/page.tsx';
import { RowsTable } from '../../ui/rows-table.tsx';
import { Said } from '../../ui/said.tsx';
import { Empty } from '../../ui/states.tsx';
import { Channels } from './channels.tsx';
import { DeliveryBadge } from './delivery-badge.tsx';
import { Rules } from './rules.tsx';
import { inert } from '../../ui/inert.ts';

/** What has been told to whom, and what tells it. */
export function AlertsPage() {
  const { t } = useTranslation();
  return (
    <Page title={t('pages.alerts')} lead={t('alerts.lead')}>
      <Alerts />
      <Columns>
        <Rules />
        <Channels />
      </Columns>
      <Deliveries />
    </Page>
  );
}

function Alerts() {
  const { t } = useTranslation();
  const client = useClient();
  const alerts = useInfiniteQuery(readPages(client, 'GET /api/alerts'));
  return (
    <Card title={t('alerts.alerts')}>
      <LoadedPages query={alerts} empty={<Empty title={t('alerts.none')} />}>
        {(items) => (
          <RowsTable
            label={t('alerts.alerts')}
            heads={[t('alerts.state'), t('alerts.what'), t('alerts.since')]}
          >
            {items.map((alert) => (
              <Table.Tr key={alert.id}>
                <Table.Td>
                  <Badge tone={alert.state === 'firing' ? 'failed' : 'well'}>
                    {t(`alerts.states.${alert.state}`)}
                  </Badge>
                </Table.Td>
                <Table.Td>
                  <strong>
                    <Said>{alert.subject}</Said>
                  </strong>{' '}
                  <Said>{alert.message}</Said>
                  {alert.effects.length > 0 &&
                    ` · ${t('alerts.effects', { what: inert(alert.effects.join(', ')) })}`}
                </Table.Td>
                <Table.Td>
                  <Ago at={alert.endedAt ?? alert.startedAt} />
                </Table.Td>
              </Table.Tr>
            ))}
          </RowsTable>
        )}
      </LoadedPages>
    </Card>
  );
}

/** How often is looked whether what waits has been taken: no event tells it. */
const AGAIN_MS = 10_000;

function Deliveries() {
  const { t } = useTranslation();
  const client = useClient();
  const deliveries = useInfiniteQuery({
    ...readPages(client, 'GET /api/alerts/deliveries'),
    refetchInterval: AGAIN_MS,
  });
  return (
    <Card title={t('alerts.deliveries')}>
      <LoadedPages
        query={deliveries}
        empty={<Empty title={t('alerts.noDeliveries')}>{t('alerts.noDeliveriesHelp')}</Empty>}
      >
        {(items) => (
          <RowsTable
            label={t('alerts.deliveries')}
            heads={[t('requests.at'), t('alerts.channel'), t('alerts.state'), t('alerts.outcome')]}
          >
            {items.map((one) => (
              <Table.Tr key={one.id}>
                <Table.Td>
                  <Ago at={one.at} />
                </Table.Td>
                <Table.Td>
                  <Said>{one.channel}</Said>
                  <div>{t(`alerts.events.${one.event}`)}</div>
                </Table.Td>
                <Table.Td>
                  <DeliveryBadge state={one.state} />
                </Table.Td>
                <Table.Td>
                  {t('alerts.attempts', { count: one.attempts })}
                  {one.problem !== null && (
                    <>
                      {': '}
                      <Said>{one.problem}</Said>
                    </>
                  )}
                  {one.nextAt !== null && (
                    <div>
                      {t('alerts.next')} <Ago at={one.nextAt} />
                    </div>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </RowsTable>
        )}
      </LoadedPages>
    </Card>
  );
}
