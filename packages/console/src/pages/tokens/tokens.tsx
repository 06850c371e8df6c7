import { NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Role } from '@vitalgate/contract/api/client';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { read, useChange } from '../../api/queries.ts';
import type { AdminToken } from '../../api/types.ts';
import { oneOf } from '../../app/search.ts';
import { AddDialog } from '../../ui/add-dialog.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { formatDateTime } from '../../ui/format.ts';
import { Loaded } from '../../ui/loaded.tsx';
import { nameColumn } from '../../ui/name-column.tsx';
import { NameField } from '../../ui/name-field.tsx';
import { Card, Page } from '../../ui/page.tsx';
import { Empty } from '../../ui/states.tsx';
import { DataTable, type Column } from '../../ui/table.tsx';
import { useSecret } from '../keys/secret.ts';

const roles = ['owner', 'operator', 'viewer'] as const satisfies readonly Role[];

/** What programs show to the admin API. */
export function TokensPage() {
  const { t } = useTranslation();
  const client = useClient();
  const tokens = useQuery(read(client, 'GET /api/admin-tokens'));
  const columns = useColumns();
  return (
    <Page title={t('pages.tokens')} lead={t('tokens.lead')} actions={<Create />}>
      <Loaded query={tokens}>
        {({ items }) => (
          <Card flush>
            <DataTable
              label={t('pages.tokens')}
              columns={columns}
              items={items}
              idOf={({ id }) => id}
              rowHeight={52}
              empty={<Empty title={t('tokens.none')}>{t('tokens.noneHelp')}</Empty>}
            />
          </Card>
        )}
      </Loaded>
    </Page>
  );
}

function useColumns(): readonly Column<AdminToken>[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      nameColumn<AdminToken>(t('common.name')),
      {
        id: 'role',
        header: t('me.role'),
        width: '6rem',
        cell: ({ role }) => t(`roles.${role}`),
      },
      {
        id: 'scopes',
        header: t('tokens.scopes'),
        width: 'minmax(7rem, 1.5fr)',
        show: 'wide',
        cell: ({ scopes }) => scopes?.join(', ') ?? t('common.all'),
      },
      {
        id: 'expires',
        header: t('keys.expires'),
        width: '14rem',
        show: 'wide',
        cell: ({ expiresAt }) => (expiresAt === null ? t('keys.never') : formatDateTime(expiresAt)),
      },
      {
        id: 'actions',
        header: t('teams.actions'),
        width: '7rem',
        cell: ({ id, name }) => <Revoke id={id} name={name} />,
      },
    ],
    [t],
  );
}

function Revoke({ id, name }: { readonly id: string; readonly name: string }) {
  const { t } = useTranslation();
  const revoke = useChange('DELETE /api/admin-tokens/{id}', ['GET /api/admin-tokens']);
  return (
    <Confirm
      action={t('keys.revoke')}
      of={name}
      size="compact-sm"
      isDangerous
      run={() => revoke.mutateAsync({ params: { id } })}
    >
      {t('keys.revokeMeans')}
    </Confirm>
  );
}

function Create() {
  const { t } = useTranslation();
  const secretOf = useSecret();
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [expires, setExpires] = useState('');
  const create = useChange('POST /api/admin-tokens', ['GET /api/admin-tokens']);
  return (
    <AddDialog
      title={t('tokens.create')}
      error={create.error}
      isRunning={create.isPending}
      once={secretOf(create.data?.secret)}
      add={() => {
        const expiresAt = expires === '' ? null : `${expires}T00:00:00Z`;
        create.mutate({ body: { name, role, expiresAt } });
      }}
      forget={() => {
        create.reset();
        setName('');
        setRole('viewer');
        setExpires('');
      }}
    >
      <NameField value={name} onChange={setName} />
      <NativeSelect
        label={t('me.role')}
        value={role}
        data={roles.map((value) => ({ value, label: t(`users.roleMeans.${value}`) }))}
        onChange={(event) => setRole(oneOf(roles, event.currentTarget.value) ?? role)}
      />
      <TextInput
        label={t('keys.expires')}
        type="date"
        value={expires}
        onChange={(event) => setExpires(event.currentTarget.value)}
      />
    </AddDialog>
  );
}
