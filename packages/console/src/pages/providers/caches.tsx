import { Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { read, useChange } from '../../api/queries.ts';
import { useMayOperate } from '../../app/session.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { formatCount, formatMs, formatShare } from '../../ui/format.ts';
import { Loaded } from '../../ui/loaded.tsx';
import { Card } from '../../ui/page.tsx';
import { RowsTable } from '../../ui/rows-table.tsx';
import { Said } from '../../ui/said.tsx';
import { Empty } from '../../ui/states.tsx';

/** What models and APIs remember, how often that helps, and a way to forget it. */
export function Caches() {
  const { t } = useTranslation();
  const client = useClient();
  const mayOperate = useMayOperate();
  const caches = useQuery({ ...read(client, 'GET /api/caches'), refetchInterval: 10_000 });
  const forget = useChange('DELETE /api/caches', ['GET /api/caches']);
  return (
    <Card
      title={t('providers.caches')}
      actions={
        mayOperate && (
          <Confirm
            action={t('providers.forget')}
            size="compact-sm"
            run={() => forget.mutateAsync({})}
          >
            {t('providers.forgetMeans')}
          </Confirm>
        )
      }
    >
      <Loaded query={caches}>
        {({ items, store, problem }) =>
          items.length === 0 ? (
            <Empty title={t('providers.noCaches')}>{t('providers.noCachesHelp')}</Empty>
          ) : (
            <>
              <Text size="sm" c={problem === null ? 'dimmed' : 'red'} mb="xs">
                {problem === null
                  ? t(`providers.keptIn.${store}`)
                  : t('providers.notKept', { problem })}
              </Text>
              <RowsTable
                label={t('providers.caches')}
                heads={[
                  t('common.name'),
                  t('providers.scope'),
                  t('providers.age'),
                  t('providers.hits'),
                  t('providers.misses'),
                  t('providers.bypasses'),
                  t('providers.hitShare'),
                ]}
                isNumeric
              >
                {items.map(({ name, kind, scope, ttlMs, hits, misses, bypasses }) => (
                  <Table.Tr key={`${kind} ${name}`}>
                    <Table.Th scope="row">
                      <Said>{name}</Said> ({t(`providers.kinds.${kind}`)})
                    </Table.Th>
                    <Table.Td>{t(`providers.scopes.${scope}`)}</Table.Td>
                    <Table.Td>
                      {ttlMs === null ? t('providers.ageOfUpstream') : formatMs(ttlMs)}
                    </Table.Td>
                    <Table.Td>{formatCount(hits)}</Table.Td>
                    <Table.Td>{formatCount(misses)}</Table.Td>
                    <Table.Td>{formatCount(bypasses)}</Table.Td>
                    <Table.Td>
                      {hits + misses === 0 ? '–' : formatShare(hits / (hits + misses))}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </RowsTable>
            </>
          )
        }
      </Loaded>
    </Card>
  );
}
