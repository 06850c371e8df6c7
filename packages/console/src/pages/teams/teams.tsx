import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { readPages } from '../../api/paged.ts';
import { useChange } from '../../api/queries.ts';
import type { Team } from '../../api/types.ts';
import { useMayOperate } from '../../app/session.ts';
import { AddDialog } from '../../ui/add-dialog.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { formatCount, formatUsd } from '../../ui/format.ts';
import { nameColumn } from '../../ui/name-column.tsx';
import { NameField } from '../../ui/name-field.tsx';
import { Card, Page } from '../../ui/page.tsx';
import { PagedTable } from '../../ui/paged-table.tsx';
import { Empty } from '../../ui/states.tsx';
import type { Column } from '../../ui/table.tsx';

/** Who pays: keys and people belong to teams. */
export function TeamsPage() {
  const { t } = useTranslation();
  const client = useClient();
  const mayOperate = useMayOperate();
  const teams = useInfiniteQuery(readPages(client, 'GET /api/teams'));
  const columns = useColumns(mayOperate);
  return (
    <Page title={t('pages.teams')} lead={t('teams.lead')} actions={mayOperate && <CreateTeam />}>
      <Card flush>
        <PagedTable
          label={t('pages.teams')}
          query={teams}
          columns={columns}
          idOf={({ id }) => id}
          rowHeight={52}
          empty={<Empty title={t('teams.none')}>{t('teams.noneHelp')}</Empty>}
        />
      </Card>
    </Page>
  );
}

function useColumns(mayOperate: boolean): readonly Column<Team>[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      nameColumn<Team>(t('common.name')),
      {
        id: 'members',
        header: t('teams.members'),
        width: '6rem',
        show: 'wide',
        align: 'end',
        sort: ({ members }) => members,
        cell: ({ members }) => formatCount(members),
      },
      {
        id: 'keys',
        header: t('pages.keys'),
        width: '5rem',
        align: 'end',
        sort: ({ keys }) => keys,
        cell: ({ id, keys }) => (
          <Link to="/keys" search={{ team: id }}>
            {formatCount(keys)}
          </Link>
        ),
      },
      {
        id: 'spend',
        header: t('teams.spend'),
        width: '8rem',
        align: 'end',
        sort: ({ spend }) => spend,
        cell: ({ spend }) => formatUsd(spend),
      },
      {
        id: 'actions',
        header: t('teams.actions'),
        width: '7rem',
        show: 'wide',
        align: 'end',
        cell: (team) =>
          team.managedBy === 'file' ? t('common.file') : mayOperate && <DeleteTeam team={team} />,
      },
    ],
    [t, mayOperate],
  );
}

function CreateTeam() {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const create = useChange('POST /api/teams', ['GET /api/teams']);
  return (
    <AddDialog
      title={t('teams.create')}
      error={create.error}
      isRunning={create.isPending}
      add={(done) => create.mutate({ body: { name } }, { onSuccess: done })}
      forget={() => {
        create.reset();
        setName('');
      }}
    >
      <NameField value={name} onChange={setName} help={t('keys.nameHelp')} />
    </AddDialog>
  );
}

function DeleteTeam({ team }: { readonly team: Team }) {
  const { t } = useTranslation();
  const remove = useChange('DELETE /api/teams/{id}', ['GET /api/teams']);
  return (
    <Confirm
      action={t('common.delete')}
      of={team.name}
      isDangerous
      size="compact-sm"
      run={() => remove.mutateAsync({ params: { id: team.id } })}
    >
      {t('teams.deleteMeans')}
    </Confirm>
  );
}
