import { Button, Divider, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { ApiError } from '@vitalgate/contract/api/client';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { read, useChange } from '../../api/queries.ts';
import { CurrentPassword } from '../../ui/current-password.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { ProblemAlert } from '../../ui/problem.tsx';
import { Empty } from '../../ui/states.tsx';
import { Door } from './door.tsx';
import { askForPasskey, inWords } from './passkey.ts';

const route = getRouteApi('/sign-in');

export function SignInPage() {
  const { t } = useTranslation();
  const client = useClient();
  const { sso } = route.useSearch();
  const setUp = useQuery(read(client, 'GET /api/setup'));
  return (
    <Door title={t('signIn.title')}>
      <Loaded query={setUp}>
        {({ needed, passkeys, oidc }) =>
          needed ? (
            <Empty title={t('signIn.setUpFirst')}>{t('signIn.setUpFirstHelp')}</Empty>
          ) : (
            <Stack>
              <PasswordForm />
              {(passkeys || oidc !== null) && <Divider label={t('signIn.or')} />}
              {passkeys && <PasskeyButton />}
              {sso !== undefined && <p role="alert">{t(`signIn.oidcFailed.${sso}`)}</p>}
              {oidc !== null && (
                <Button component="a" href="/api/session/oidc" variant="default">
                  {t('signIn.oidc', { name: oidc })}
                </Button>
              )}
            </Stack>
          )
        }
      </Loaded>
    </Door>
  );
}

/** Where one wanted to go; a path of ours and nothing else, for anybody can write a link. */
function useArrive(): () => Promise<void> {
  const { to } = route.useSearch();
  const queries = useQueryClient();
  const navigate = route.useNavigate();
  const isOurs = to?.startsWith('/') === true && !/^\/[/\\]/.test(to);
  return async () => {
    // What somebody else was shown is none of theirs.
    queries.clear();
    await navigate({ href: isOurs ? to : '/', replace: true });
  };
}

function PasswordForm() {
  const { t } = useTranslation();
  const arrive = useArrive();
  const signIn = useChange('POST /api/session', []);
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { email: '', password: '', code: '' },
  });
  const isCodeAsked =
    signIn.error instanceof ApiError && signIn.error.code === 'second_factor_required';
  const [needsCode, setNeedsCode] = useState(false);
  const withCode = needsCode || isCodeAsked;
  return (
    <form
      onSubmit={form.onSubmit(({ code, ...values }) => {
        if (isCodeAsked) setNeedsCode(true);
        signIn.mutate(
          { body: code === '' ? values : { ...values, code } },
          { onSuccess: () => void arrive() },
        );
      })}
    >
      <Stack>
        <TextInput
          label={t('signIn.email')}
          type="email"
          autoComplete="username webauthn"
          autoFocus
          required
          key={form.key('email')}
          {...form.getInputProps('email')}
        />
        <CurrentPassword
          label={t('signIn.password')}
          key={form.key('password')}
          {...form.getInputProps('password')}
        />
        {withCode && (
          <TextInput
            label={t('signIn.code')}
            autoComplete="one-time-code"
            inputMode="numeric"
            autoFocus
            key={form.key('code')}
            {...form.getInputProps('code')}
          />
        )}
        {isCodeAsked ? (
          <p role="status">{t('signIn.codeAsked')}</p>
        ) : (
          <ProblemAlert error={signIn.error} />
        )}
        <Button type="submit" loading={signIn.isPending}>
          {t('signIn.submit')}
        </Button>
      </Stack>
    </form>
  );
}

function PasskeyButton() {
  const { t } = useTranslation();
  const client = useClient();
  const arrive = useArrive();
  // One at a time: of two the browser refuses one, while the other is still asking.
  const signIn = useMutation({
    async mutationFn() {
      const { challengeId, options } = await client.call('POST /api/session/passkey/options');
      const response = await askForPasskey(options);
      await client.call('POST /api/session/passkey', { body: { challengeId, response } });
    },
    onSuccess: arrive,
  });
  return (
    <Stack>
      <Button variant="default" loading={signIn.isPending} onClick={() => signIn.mutate()}>
        {t('signIn.passkey')}
      </Button>
      <ProblemAlert error={inWords(signIn.error, t)} />
    </Stack>
  );
}
