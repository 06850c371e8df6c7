import { Button, Group, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useInfiniteQuery } from '@tanstack/react-query';
import type { Role } from '@vitalgate/contract/api/client';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { readPages } from '../../api/paged.ts';
import { useChange } from '../../api/queries.ts';
import type { User } from '../../api/types.ts';
import { oneOf } from '../../app/search.ts';
import { useSession } from '../../app/session.ts';
import { Ago } from '../../ui/ago.tsx';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { AddDialog } from '../../ui/add-dialog.tsx';
import { useDraft } from '../../ui/draft.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { NameField } from '../../ui/name-field.tsx';
import { Card, Page } from '../../ui/page.tsx';
import { PagedTable } from '../../ui/paged-table.tsx';
import { OverModal } from '../../ui/over.tsx';
import { ProblemAlert } from '../../ui/problem.tsx';
import { Said } from '../../ui/said.tsx';
import { ShownOnce, type Once } from '../../ui/shown-once.tsx';
import { Empty } from '../../ui/states.tsx';
import type { Column } from '../../ui/table.tsx';
import { inert } from '../../ui/inert.ts';

const roles = ['owner', 'operator', 'viewer', 'member'] as const satisfies readonly Role[];
const tones: Record<User['status'], Tone> = {
  active: 'well',
  invited: 'probing',
  disabled: 'unknown',
};

const nobody: { name: string; email: string; role: Role } = { name: '', email: '', role: 'viewer' };

/** Who may sign in, and as what. */
export function UsersPage() {
  const { t } = useTranslation();
  const client = useClient();
  const users = useInfiniteQuery(readPages(client, 'GET /api/users'));
  const columns = useColumns();
  return (
    <Page title={t('pages.users')} lead={t('users.lead')} actions={<Invite />}>
      <Card flush>
        <PagedTable
          label={t('pages.users')}
          query={users}
          columns={columns}
          idOf={({ id }) => id}
          rowHeight={56}
          empty={<Empty title={t('users.none')} />}
        />
      </Card>
    </Page>
  );
}

function useColumns(): readonly Column<User>[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      {
        id: 'name',
        header: t('common.name'),
        width: 'minmax(8rem, 1.5fr)',
        sort: ({ name }) => name,
        cell: ({ name, email }) => (
          <>
            <strong>
              <Said>{name}</Said>
            </strong>
            <div>
              <Said>{email}</Said>
            </div>
          </>
        ),
      },
      {
        id: 'role',
        header: t('me.role'),
        width: '6rem',
        sort: ({ role }) => roles.indexOf(role),
        cell: ({ role }) => t(`roles.${role}`),
      },
      {
        id: 'status',
        header: t('keys.status'),
        width: '6rem',
        show: 'wide',
        sort: ({ status }) => status,
        cell: ({ status }) => <Badge tone={tones[status]}>{t(`users.statuses.${status}`)}</Badge>,
      },
      {
        id: 'factor',
        header: t('users.secondFactor'),
        width: '7rem',
        show: 'wide',
        cell: ({ secondFactor }) => t(secondFactor ? 'common.yes' : 'common.no'),
      },
      {
        id: 'seen',
        header: t('users.seen'),
        width: '7rem',
        show: 'wide',
        sort: ({ lastSeenAt }) => lastSeenAt,
        cell: ({ lastSeenAt }) => (lastSeenAt === null ? t('keys.never') : <Ago at={lastSeenAt} />),
      },
      {
        id: 'actions',
        header: t('teams.actions'),
        width: '6rem',
        cell: (user) => <Edit user={user} />,
      },
    ],
    [t],
  );
}

function RoleField({ value, onChange }: { readonly value: Role; onChange: (role: Role) => void }) {
  const { t } = useTranslation();
  return (
    <NativeSelect
      label={t('me.role')}
      value={value}
      data={roles.map((role) => ({ value: role, label: t(`users.roleMeans.${role}`) }))}
      onChange={(event) => onChange(oneOf(roles, event.currentTarget.value) ?? value)}
    />
  );
}

function Invite() {
  const { t } = useTranslation();
  const linkOf = useLink();
  const [values, setValues] = useState(nobody);
  const invite = useChange('POST /api/users', ['GET /api/users']);
  return (
    <AddDialog
      title={t('users.invite')}
      action={t('users.makeLink')}
      error={invite.error}
      isRunning={invite.isPending}
      once={linkOf(invite.data?.link)}
      add={() => invite.mutate({ body: values })}
      forget={() => {
        invite.reset();
        setValues(nobody);
      }}
    >
      <NameField value={values.name} onChange={(name) => setValues({ ...values, name })} />
      <TextInput
        label={t('signIn.email')}
        type="email"
        required
        value={values.email}
        onChange={(event) => setValues({ ...values, email: event.currentTarget.value })}
      />
      <RoleField value={values.role} onChange={(role) => setValues({ ...values, role })} />
    </AddDialog>
  );
}

/** A link as it is shown once; nothing before there is one. */
function useLink(): (text: string | undefined) => Once | undefined {
  const { t } = useTranslation();
  return (text) =>
    text === undefined
      ? undefined
      : {
          title: t('users.link'),
          text,
          help: t('users.linkHelp'),
          copy: t('users.copyLink'),
        };
}

const roleOf = ({ role }: User): Role => role;

function Edit({ user }: { readonly user: User }) {
  const { t } = useTranslation();
  const session = useSession();
  const [isOpen, dialog] = useDisclosure();
  const { draft: role, version, change: setRole, reset: forget } = useDraft(user, roleOf);
  const close = (): void => {
    dialog.close();
    forget();
    change.reset();
  };
  const params = { id: user.id };
  const change = useChange('PATCH /api/users/{id}', ['GET /api/users']);
  const reset = useChange('POST /api/users/{id}/reset', ['GET /api/users']);
  const end = useChange('DELETE /api/users/{id}/sessions', []);
  const link = useLink()(reset.data?.link);
  const isSelf = session.id === user.id;
  return (
    <>
      <Button
        variant="default"
        size="compact-sm"
        aria-label={`${t('health.edit')}: ${inert(user.name)}`}
        onClick={dialog.open}
      >
        {t('health.edit')}
      </Button>
      <OverModal opened={isOpen} onClose={close} centered title={inert(user.name)}>
        <Stack>
          <RoleField value={role} onChange={setRole} />
          <ProblemAlert error={change.error} />
          <Group>
            <Button
              loading={change.isPending}
              disabled={isSelf || role === user.role}
              title={isSelf ? t('users.notYourself') : ''}
              onClick={() =>
                change.mutate({ params, ifMatch: version, body: { role } }, { onSuccess: close })
              }
            >
              {t('common.save')}
            </Button>
            <Confirm
              action={t(user.status === 'disabled' ? 'users.enable' : 'users.disable')}
              of={user.name}
              isDangerous={user.status !== 'disabled'}
              run={() =>
                change.mutateAsync({
                  params,
                  ifMatch: user.version,
                  body: { disabled: user.status !== 'disabled' },
                })
              }
            >
              {t(user.status === 'disabled' ? 'users.enableMeans' : 'users.disableMeans')}
            </Confirm>
            <Confirm
              action={t('users.signOut')}
              of={user.name}
              run={() => end.mutateAsync({ params })}
            >
              {t('me.endMeans')}
            </Confirm>
            <Confirm
              action={t('users.reset')}
              of={user.name}
              run={() => reset.mutateAsync({ params })}
            >
              {t('users.resetMeans')}
            </Confirm>
          </Group>
        </Stack>
      </OverModal>
      {link !== undefined && <ShownOnce once={link} isOpen close={reset.reset} />}
    </>
  );
}
