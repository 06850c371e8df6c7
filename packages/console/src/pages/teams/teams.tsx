import { Button, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { readPages } from '../../api/paged.ts';
import { useChange } from '../../api/queries.ts';
import type { Team } from '../../api/types.ts';
import { useMayOperate } from '../../app/session.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { FormDialog } from '../../ui/dialog.tsx';
import { formatCount, formatUsd } from '../../ui/format.ts';
import { Card, Page } from '../../ui/page.tsx';
import { PagedTable } from '../../ui/paged-table.tsx';
import { Said } from '../../ui/said.tsx';
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
      {
        id: 'name',
        header: t('common.name'),
        width: 'minmax(7rem, 1.5fr)',
        sort: ({ name }) => name,
        cell: ({ name }) => (
          <strong>
            <Said>{name}</Said>
          </strong>
        ),
      },
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
          team.managedBy === 'file' ? t('common.file') : mayOperate && <DeleteTeam id={team.id} />,
      },
    ],
    [t, mayOperate],
  );
}

function CreateTeam() {
  const { t } = useTranslation();
  const [isOpen, dialog] = useDisclosure();
  const [name, setName] = useState('');
  const create = useChange('POST /api/teams', ['GET /api/teams']);
  const close = (): void => {
    dialog.close();
    create.reset();
    setName('');
  };
  return (
    <>
      <Button leftSection={<IconPlus size={16} />} onClick={dialog.open}>
        {t('teams.create')}
      </Button>
      <FormDialog
        title={t('teams.create')}
        isOpen={isOpen}
        close={close}
        action={t('common.create')}
        error={create.error}
        isRunning={create.isPending}
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate({ body: { name } }, { onSuccess: close });
        }}
      >
        <TextInput
          label={t('common.name')}
          required
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
      </FormDialog>
    </>
  );
}

function DeleteTeam({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const remove = useChange('DELETE /api/teams/{id}', ['GET /api/teams']);
  return (
    <Confirm
      action={t('common.delete')}
      error={remove.error}
      isRunning={remove.isPending}
      isDangerous
      size="compact-sm"
      run={() => remove.mutateAsync({ params: { id } })}
    >
      {t('teams.deleteMeans')}
    </Confirm>
  );
}
