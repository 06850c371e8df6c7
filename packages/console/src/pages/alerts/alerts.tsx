import { Table } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { readPages } from '../../api/paged.ts';
import { Ago } from '../../ui/ago.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Card, Columns, Page } from '../../ui/page.tsx';
import { Said } from '../../ui/said.tsx';
import { Sideways } from '../../ui/sideways.tsx';
import { Empty, Failed, Loading } from '../../ui/states.tsx';
import { Channels } from './channels.tsx';
import { DeliveryBadge } from './delivery-badge.tsx';
import { Rules } from './rules.tsx';

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
  if (alerts.data === undefined) {
    return alerts.isError ? <Failed error={alerts.error} /> : <Loading />;
  }
  return (
    <Card title={t('alerts.alerts')}>
      {alerts.data.length === 0 ? (
        <Empty title={t('alerts.none')} />
      ) : (
        <Sideways label={t('alerts.alerts')}>
          <Table>
            <Table.Tbody>
              {alerts.data.map((alert) => (
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
                      ` · ${t('alerts.effects', { what: alert.effects.join(', ') })}`}
                  </Table.Td>
                  <Table.Td>
                    <Ago at={alert.endedAt ?? alert.startedAt} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Sideways>
      )}
    </Card>
  );
}

function Deliveries() {
  const { t } = useTranslation();
  const client = useClient();
  const deliveries = useInfiniteQuery(readPages(client, 'GET /api/alerts/deliveries'));
  if (deliveries.data === undefined || deliveries.data.length === 0) return null;
  return (
    <Card title={t('alerts.deliveries')}>
      <Sideways label={t('alerts.deliveries')}>
        <Table>
          <Table.Tbody>
            {deliveries.data.map((one) => (
              <Table.Tr key={one.id}>
                <Table.Td>
                  <Ago at={one.at} />
                </Table.Td>
                <Table.Td>{one.channel}</Table.Td>
                <Table.Td>
                  <DeliveryBadge state={one.state} />
                </Table.Td>
                <Table.Td>{t('alerts.attempts', { count: one.attempts })}</Table.Td>
                <Table.Td>{one.problem !== null && <Said>{one.problem}</Said>}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Sideways>
    </Card>
  );
}
