import { Button, Group, Modal, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
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
import { Confirm } from '../../ui/confirm.tsx';
import { Secret } from '../../ui/copy.tsx';
import { FormDialog } from '../../ui/dialog.tsx';
import { Card, Page } from '../../ui/page.tsx';
import { PagedTable } from '../../ui/paged-table.tsx';
import { ProblemAlert } from '../../ui/problem.tsx';
import { Said } from '../../ui/said.tsx';
import { Empty } from '../../ui/states.tsx';
import type { Column } from '../../ui/table.tsx';

const roles = ['owner', 'operator', 'viewer', 'member'] as const satisfies readonly Role[];
const tones: Record<User['status'], Tone> = {
  active: 'well',
  invited: 'probing',
  disabled: 'unknown',
};

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
  const [isOpen, dialog] = useDisclosure();
  const [values, setValues] = useState({ name: '', email: '', role: 'viewer' as Role });
  const invite = useChange('POST /api/users', ['GET /api/users']);
  const link = invite.data?.link;
  const close = (): void => {
    dialog.close();
    invite.reset();
    setValues({ name: '', email: '', role: 'viewer' });
  };
  return (
    <>
      <Button leftSection={<IconPlus size={16} />} onClick={dialog.open}>
        {t('users.invite')}
      </Button>
      {link === undefined ? (
        <FormDialog
          title={t('users.invite')}
          isOpen={isOpen}
          close={close}
          action={t('users.makeLink')}
          error={invite.error}
          isRunning={invite.isPending}
          onSubmit={(event) => {
            event.preventDefault();
            invite.mutate({ body: values });
          }}
        >
          <TextInput
            label={t('common.name')}
            required
            data-autofocus
            value={values.name}
            onChange={(event) => setValues({ ...values, name: event.currentTarget.value })}
          />
          <TextInput
            label={t('signIn.email')}
            type="email"
            required
            value={values.email}
            onChange={(event) => setValues({ ...values, email: event.currentTarget.value })}
          />
          <RoleField value={values.role} onChange={(role) => setValues({ ...values, role })} />
        </FormDialog>
      ) : (
        <LinkDialog link={link} isOpen={isOpen} close={close} />
      )}
    </>
  );
}

interface LinkDialogProps {
  readonly link: string;
  readonly isOpen: boolean;
  readonly close: () => void;
}

function LinkDialog({ link, isOpen, close }: LinkDialogProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={isOpen}
      onClose={close}
      title={t('users.link')}
      closeOnClickOutside={false}
      size="lg"
    >
      <Stack>
        <p>{t('users.linkHelp')}</p>
        <Secret text={link} label={t('users.copyLink')} />
        <Button onClick={close}>{t('common.close')}</Button>
      </Stack>
    </Modal>
  );
}

function Edit({ user }: { readonly user: User }) {
  const { t } = useTranslation();
  const session = useSession();
  const [isOpen, dialog] = useDisclosure();
  const [role, setRole] = useState<Role>(user.role);
  const params = { id: user.id };
  const change = useChange('PATCH /api/users/{id}', ['GET /api/users']);
  const reset = useChange('POST /api/users/{id}/reset', ['GET /api/users']);
  const end = useChange('DELETE /api/users/{id}/sessions', []);
  const isSelf = session.id === user.id;
  return (
    <>
      <Button variant="default" size="compact-sm" onClick={dialog.open}>
        {t('health.edit')}
      </Button>
      <Modal opened={isOpen} onClose={dialog.close} title={user.name}>
        <Stack>
          <RoleField value={role} onChange={setRole} />
          <ProblemAlert error={change.error} />
          <Group>
            <Button
              loading={change.isPending}
              disabled={isSelf || role === user.role}
              title={isSelf ? t('users.notYourself') : ''}
              onClick={() =>
                change.mutate(
                  { params, ifMatch: user.version, body: { role } },
                  { onSuccess: dialog.close },
                )
              }
            >
              {t('common.save')}
            </Button>
            <Confirm
              action={t(user.status === 'disabled' ? 'users.enable' : 'users.disable')}
              isDangerous={user.status !== 'disabled'}
              error={change.error}
              isRunning={change.isPending}
              run={() =>
                change.mutateAsync({
                  params,
                  ifMatch: user.version,
                  body: { disabled: user.status !== 'disabled' },
                })
              }
            >
              {t('users.disableMeans')}
            </Confirm>
            <Confirm
              action={t('users.signOut')}
              error={end.error}
              isRunning={end.isPending}
              run={() => end.mutateAsync({ params })}
            >
              {t('me.endMeans')}
            </Confirm>
            <Confirm
              action={t('users.reset')}
              error={reset.error}
              isRunning={reset.isPending}
              run={() => reset.mutateAsync({ params })}
            >
              {t('users.resetMeans')}
            </Confirm>
          </Group>
          {reset.data !== undefined && (
            <>
              <p>{t('users.linkHelp')}</p>
              <Secret text={reset.data.link} label={t('users.copyLink')} />
            </>
          )}
        </Stack>
      </Modal>
    </>
  );
}
