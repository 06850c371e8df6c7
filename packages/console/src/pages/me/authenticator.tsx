import { Button, Stack, TextInput } from '@mantine/core';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange } from '../../api/queries.ts';
import { Badge } from '../../ui/badge.tsx';
import { CurrentPassword } from '../../ui/current-password.tsx';
import { Secret, Snippet } from '../../ui/copy.tsx';
import { ProblemAlert } from '../../ui/problem.tsx';

/** A second factor: codes of an authenticator app (RFC 6238). */
export function Authenticator({ isOn }: { readonly isOn: boolean }) {
  const { t } = useTranslation();
  return (
    <Stack>
      <div>
        <Badge tone={isOn ? 'well' : 'unknown'}>{t(isOn ? 'me.factorOn' : 'me.factorOff')}</Badge>
      </div>
      {isOn ? <TurnOff /> : <TurnOn />}
    </Stack>
  );
}

function TurnOn() {
  const { t } = useTranslation();
  const begin = useChange('POST /api/me/totp', []);
  const confirm = useChange('POST /api/me/totp/confirm', []);
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (begin.data === undefined) begin.mutate({ body: { password } });
    else confirm.mutate({ body: { code } });
  };
  if (confirm.data !== undefined) {
    return (
      <>
        <p>{t('me.recoveryHelp')}</p>
        <Snippet text={confirm.data.recoveryCodes.join('\n')} label={t('me.recoveryCodes')} />
      </>
    );
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        {begin.data === undefined ? (
          <CurrentPassword
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
        ) : (
          <>
            <p>{t('me.secretHelp')}</p>
            <Secret text={begin.data.secret} label={t('me.copySecret')} />
            <a href={begin.data.uri}>{t('me.openApp')}</a>
            <TextInput
              label={t('me.firstCode')}
              autoComplete="one-time-code"
              inputMode="numeric"
              required
              value={code}
              onChange={(event) => setCode(event.currentTarget.value)}
            />
          </>
        )}
        <ProblemAlert error={begin.error ?? confirm.error} />
        <div>
          <Button type="submit" variant="default" loading={begin.isPending || confirm.isPending}>
            {t(begin.data === undefined ? 'me.setUpAuthenticator' : 'me.confirm')}
          </Button>
        </div>
      </Stack>
    </form>
  );
}

function TurnOff() {
  const { t } = useTranslation();
  const remove = useChange('DELETE /api/me/totp', ['GET /api/session']);
  const [code, setCode] = useState('');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        remove.mutate({ body: { code } });
      }}
    >
      <Stack>
        <TextInput
          label={t('signIn.code')}
          inputMode="numeric"
          required
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
        />
        <ProblemAlert error={remove.error} />
        <div>
          <Button type="submit" variant="default" loading={remove.isPending}>
            {t('me.turnOff')}
          </Button>
        </div>
      </Stack>
    </form>
  );
}
