import { Button, Group, Stack, Table } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { read, useChange } from '../../api/queries.ts';
import type { ModelRoute, Provider } from '../../api/types.ts';
import { useMayOperate } from '../../app/session.ts';
import { Badge, StatusBadge } from '../../ui/badge.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Card, Page } from '../../ui/page.tsx';
import { RowsTable } from '../../ui/rows-table.tsx';
import { ProblemAlert } from '../../ui/problem.tsx';
import { Said } from '../../ui/said.tsx';
import { Empty } from '../../ui/states.tsx';
import { AddModel } from './add-model.tsx';
import { Caches } from './caches.tsx';
import { AddProvider } from './add-provider.tsx';
import { Tested } from './tested.tsx';

/** Who answers, and the names under which callers ask for it. */
export function ProvidersPage() {
  const { t } = useTranslation();
  const client = useClient();
  const mayOperate = useMayOperate();
  const providers = useQuery(read(client, 'GET /api/providers'));
  const models = useQuery(read(client, 'GET /api/models'));
  return (
    <Page title={t('pages.providers')} lead={t('providers.lead')}>
      <Card title={t('providers.providers')} actions={mayOperate && <AddProvider />}>
        <Loaded query={providers}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title={t('providers.none')} />
            ) : (
              <RowsTable
                label={t('providers.providers')}
                heads={[
                  t('common.name'),
                  t('health.kind'),
                  t('providers.credentials'),
                  t('targets.state'),
                  t('teams.actions'),
                ]}
              >
                {items.map((one) => (
                  <ProviderRow key={one.name} provider={one} mayOperate={mayOperate} />
                ))}
              </RowsTable>
            )
          }
        </Loaded>
      </Card>
      <Card
        title={t('providers.models')}
        actions={mayOperate && <AddModel providers={providers.data?.items ?? []} />}
      >
        <Loaded query={models}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title={t('providers.noModels')} />
            ) : (
              <RowsTable
                label={t('providers.models')}
                heads={[
                  t('common.name'),
                  t('providers.routing'),
                  t('pages.targets'),
                  t('targets.state'),
                  t('teams.actions'),
                ]}
              >
                {items.map((one) => (
                  <ModelRow key={one.name} model={one} mayOperate={mayOperate} />
                ))}
              </RowsTable>
            )
          }
        </Loaded>
      </Card>
      <Caches />
    </Page>
  );
}

interface ProviderRowProps {
  readonly provider: Provider;
  readonly mayOperate: boolean;
}

function ProviderRow({ provider, mayOperate }: ProviderRowProps) {
  const { t } = useTranslation();
  const params = { name: provider.name };
  const test = useChange('POST /api/providers/{name}/test', []);
  const remove = useChange('DELETE /api/providers/{name}', ['GET /api/providers']);
  return (
    <Table.Tr>
      <Table.Td>
        <strong>
          <Said>{provider.name}</Said>
        </strong>
        {provider.managedBy === 'file' && <div>{t('common.file')}</div>}
      </Table.Td>
      <Table.Td>
        {provider.dialect}
        <div>
          <Said>{provider.baseUrl ?? '–'}</Said>
        </div>
      </Table.Td>
      <Table.Td>
        {provider.credentials.length === 0 && t('common.none')}
        {provider.credentials.map(({ name, hint, resting }) => (
          <div key={name}>
            <Said>{name}</Said>{' '}
            {hint !== '' && (
              <code>
                …<Said>{hint}</Said>
              </code>
            )}{' '}
            {resting !== null && (
              <Badge tone="resting">
                <Said>{resting}</Said>
              </Badge>
            )}
          </div>
        ))}
      </Table.Td>
      <Table.Td>
        <StatusBadge status={provider.status} />
      </Table.Td>
      <Table.Td>
        {mayOperate && (
          <Stack gap="xs">
            <Group gap="xs">
              <Button
                variant="default"
                size="compact-sm"
                loading={test.isPending}
                onClick={() => test.mutate({ params })}
              >
                {t('providers.test')}
              </Button>
              {provider.managedBy === 'console' && (
                <Confirm
                  action={t('common.delete')}
                  of={provider.name}
                  size="compact-sm"
                  isDangerous
                  run={() => remove.mutateAsync({ params })}
                >
                  {t('providers.deleteMeans')}
                </Confirm>
              )}
            </Group>
            <ProblemAlert error={test.error} />
            {test.data !== undefined && <Tested {...test.data} />}
          </Stack>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

interface ModelRowProps {
  readonly model: ModelRoute;
  readonly mayOperate: boolean;
}

function ModelRow({ model, mayOperate }: ModelRowProps) {
  const { t } = useTranslation();
  const remove = useChange('DELETE /api/models/{name}', ['GET /api/models', 'GET /api/overview']);
  return (
    <Table.Tr>
      <Table.Td>
        <strong>
          <Said>{model.name}</Said>
        </strong>
        {model.managedBy === 'file' && <div>{t('common.file')}</div>}
      </Table.Td>
      <Table.Td>{t(`providers.routings.${model.routing}`)}</Table.Td>
      <Table.Td>
        {model.targets.map(({ id }) => (
          <div key={id}>
            <Link to="/targets/$id" params={{ id }}>
              <Said>{id}</Said>
            </Link>
          </div>
        ))}
      </Table.Td>
      <Table.Td>
        <StatusBadge status={model.status} />
      </Table.Td>
      <Table.Td>
        {mayOperate && model.managedBy === 'console' && (
          <Confirm
            action={t('common.delete')}
            of={model.name}
            size="compact-sm"
            isDangerous
            run={() => remove.mutateAsync({ params: { name: model.name } })}
          >
            {t('providers.deleteModelMeans')}
          </Confirm>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
