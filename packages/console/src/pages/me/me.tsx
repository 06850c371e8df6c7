import { Button, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import { useChange } from '../../api/queries.ts';
import { useSession } from '../../app/session.ts';
import { Card, Columns, Fact, Facts, Page } from '../../ui/page.tsx';
import { CurrentPassword } from '../../ui/current-password.tsx';
import { NewPassword } from '../../ui/new-password.tsx';
import { ProblemAlert } from '../../ui/problem.tsx';
import { Said } from '../../ui/said.tsx';
import { Authenticator } from './authenticator.tsx';
import { Passkeys } from './passkeys.tsx';
import { Sessions } from './sessions.tsx';

/** Who one is here, and how one proves it. */
export function MePage() {
  const { t } = useTranslation();
  const session = useSession();
  return (
    <Page title={t('me.title')} lead={t('me.lead')}>
      <Columns>
        <Card title={t('me.account')}>
          <Facts>
            <Fact label={t('common.name')}>
              <Said>{session.name}</Said>
            </Fact>
            <Fact label={t('signIn.email')}>
              <Said>{session.email ?? '–'}</Said>
            </Fact>
            <Fact label={t('me.role')}>{t(`roles.${session.role}`)}</Fact>
            <Fact label={t('pages.teams')}>
              <Said>{session.teams.map(({ name }) => name).join(', ') || '–'}</Said>
            </Fact>
          </Facts>
        </Card>
        {session.kind === 'user' && (
          <Card title={t('me.password')}>
            <ChangePassword />
          </Card>
        )}
      </Columns>
      {session.kind === 'user' && (
        <>
          <Columns>
            <Card title={t('me.authenticator')}>
              <Authenticator isOn={session.secondFactor} />
            </Card>
            <Card title={t('me.passkeys')}>
              <Passkeys />
            </Card>
          </Columns>
          <Sessions />
        </>
      )}
    </Page>
  );
}

function ChangePassword() {
  const { t } = useTranslation();
  const change = useChange('POST /api/me/password', ['GET /api/sessions']);
  const form = useForm({ mode: 'uncontrolled', initialValues: { current: '', password: '' } });
  return (
    <form
      onSubmit={form.onSubmit((body) => change.mutate({ body }, { onSuccess: () => form.reset() }))}
    >
      <Stack>
        <CurrentPassword key={form.key('current')} {...form.getInputProps('current')} />
        <NewPassword
          label={t('me.newPassword')}
          key={form.key('password')}
          {...form.getInputProps('password')}
        />
        <ProblemAlert error={change.error} />
        {change.isSuccess && <p role="status">{t('me.passwordChanged')}</p>}
        <div>
          <Button type="submit" variant="default" loading={change.isPending}>
            {t('me.changePassword')}
          </Button>
        </div>
      </Stack>
    </form>
  );
}
