import { Button, Stack } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useLocation, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange } from '../../api/queries.ts';
import { NewPassword } from '../../ui/new-password.tsx';
import { ProblemAlert } from '../../ui/problem.tsx';
import { Empty } from '../../ui/states.tsx';
import { Door } from '../sign-in/door.tsx';

/** Everybody else comes in by a link that an owner hands them; a forgotten password is mended here. */
export function InvitationPage() {
  const { t } = useTranslation();
  // In the fragment, which no server is sent and no log keeps.
  const token = new URLSearchParams(useLocation().hash).get('token');
  return (
    <Door title={t('setUp.invitation')}>
      {token === null ? (
        <Empty title={t('setUp.incomplete')}>{t('setUp.askOwner')}</Empty>
      ) : (
        <PasswordForm token={token} />
      )}
    </Door>
  );
}

function PasswordForm({ token }: { readonly token: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const accept = useChange('POST /api/invitations/accept', []);
  const [password, setPassword] = useState('');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        accept.mutate(
          { body: { token, password } },
          {
            onSuccess: () => {
              queries.clear();
              void navigate({ to: '/', replace: true });
            },
          },
        );
      }}
    >
      <Stack>
        <p>{t('setUp.invitationLead')}</p>
        <NewPassword
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <ProblemAlert error={accept.error} />
        <Button type="submit" loading={accept.isPending}>
          {t('signIn.submit')}
        </Button>
      </Stack>
    </form>
  );
}
