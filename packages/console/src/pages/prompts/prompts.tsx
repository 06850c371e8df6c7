import { Button, Table } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { read } from '../../api/queries.ts';
import type { Prompt } from '../../api/types.ts';
import { inert } from '../../ui/inert.ts';
import { Loaded } from '../../ui/loaded.tsx';
import { Card, Page } from '../../ui/page.tsx';
import { RowsTable } from '../../ui/rows-table.tsx';
import { Said } from '../../ui/said.tsx';
import { Empty } from '../../ui/states.tsx';
import { PromptView } from './prompt.tsx';

const route = getRouteApi('/inside/prompts');

/** Prompts that are called like APIs: each version, its entry in the documents, and a try. */
export function PromptsPage() {
  const { t } = useTranslation();
  const client = useClient();
  const { id } = route.useSearch();
  const prompts = useQuery(read(client, 'GET /api/prompts'));
  return (
    <Page title={t('pages.prompts')} lead={t('prompts.lead')}>
      <Loaded query={prompts}>
        {({ items }) => {
          const shown = items.find((one) => one.id === id) ?? items[0];
          if (shown === undefined) {
            return <Empty title={t('prompts.none')}>{t('prompts.noneHelp')}</Empty>;
          }
          return (
            <>
              <Card title={t('prompts.versions')}>
                <Versions prompts={items} shown={shown.id} />
              </Card>
              <PromptView key={shown.id} prompt={shown} />
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

interface VersionsProps {
  readonly prompts: readonly Prompt[];
  readonly shown: string;
}

function Versions({ prompts, shown }: VersionsProps) {
  const { t } = useTranslation();
  const navigate = route.useNavigate();
  return (
    <RowsTable
      label={t('prompts.versions')}
      heads={[
        t('common.name'),
        t('prompts.version'),
        t('prompts.path'),
        t('playground.model'),
        t('prompts.formats'),
        t('teams.actions'),
      ]}
    >
      {prompts.map((one) => (
        <Table.Tr key={one.id}>
          <Table.Th scope="row">
            <Said>{one.name}</Said>
          </Table.Th>
          <Table.Td>
            <Said>{one.version}</Said>
          </Table.Td>
          <Table.Td>
            {one.paths.map((path) => (
              <div key={path}>
                <code>
                  POST <Said>{path}</Said>
                </code>
              </div>
            ))}
          </Table.Td>
          <Table.Td>
            <Said>{one.model}</Said>
          </Table.Td>
          <Table.Td>{one.formats.join(', ')}</Table.Td>
          <Table.Td>
            <Button
              variant="default"
              size="compact-sm"
              disabled={one.id === shown}
              aria-label={`${t('prompts.open')}: ${inert(one.id)}`}
              onClick={() => void navigate({ search: { id: one.id } })}
            >
              {t('prompts.open')}
            </Button>
          </Table.Td>
        </Table.Tr>
      ))}
    </RowsTable>
  );
}
