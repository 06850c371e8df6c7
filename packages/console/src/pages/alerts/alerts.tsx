import { Button, Table } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { readPages } from '../../api/paged.ts';
import { read, useChange } from '../../api/queries.ts';
import { useMayOperate } from '../../app/session.ts';
import { Ago } from '../../ui/ago.tsx';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Card, Columns, Page } from '../../ui/page.tsx';
import { ProblemAlert } from '../../ui/problem.tsx';
import { Said } from '../../ui/said.tsx';
import { Sideways } from '../../ui/sideways.tsx';
import { Empty, Failed, Loading } from '../../ui/states.tsx';

/** What has been told to whom, and what tells it. */
export function AlertsPage() {
  const { t } = useTranslation();
  const client = useClient();
  const rules = useQuery(read(client, 'GET /api/alerts/rules'));
  return (
    <Page title={t('pages.alerts')} lead={t('alerts.lead')}>
      <Alerts />
      <Columns>
        <Card title={t('alerts.rules')}>
          <Loaded query={rules}>
            {({ items }) =>
              items.length === 0 ? (
                <Empty title={t('alerts.noRules')}>{t('alerts.noRulesHelp')}</Empty>
              ) : (
                <ul>
                  {items.map(({ name, kind, channels }) => (
                    <li key={name}>
                      <strong>{name}</strong> · {t(`alerts.kinds.${kind}`)} → {channels.join(', ')}
                    </li>
                  ))}
                </ul>
              )
            }
          </Loaded>
        </Card>
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

function Channels() {
  const { t } = useTranslation();
  const client = useClient();
  const mayOperate = useMayOperate();
  const channels = useQuery(read(client, 'GET /api/alerts/channels'));
  const test = useChange('POST /api/alerts/channels/{name}/test', ['GET /api/alerts/deliveries']);
  return (
    <Card title={t('alerts.channels')}>
      <Loaded query={channels}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('alerts.noChannels')} />
          ) : (
            <ul>
              {items.map(({ name, kind, to }) => (
                <li key={name}>
                  <strong>{name}</strong> · {kind} · <Said>{to}</Said>{' '}
                  {mayOperate && (
                    <Button
                      variant="default"
                      size="compact-xs"
                      loading={test.isPending && test.variables.params.name === name}
                      onClick={() => test.mutate({ params: { name } })}
                    >
                      {t('alerts.test')}
                    </Button>
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      <ProblemAlert error={test.error} />
      {test.data !== undefined && (
        <p role="status">
          <Badge tone={deliveryTones[test.data.state]}>
            {t(`alerts.deliveryStates.${test.data.state}`)}
          </Badge>{' '}
          {test.data.problem !== null && <Said>{test.data.problem}</Said>}
        </p>
      )}
    </Card>
  );
}

const deliveryTones: Record<'delivered' | 'waiting' | 'failed', Tone> = {
  delivered: 'well',
  waiting: 'probing',
  failed: 'failed',
};

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
                  <Badge tone={deliveryTones[one.state]}>
                    {t(`alerts.deliveryStates.${one.state}`)}
                  </Badge>
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
