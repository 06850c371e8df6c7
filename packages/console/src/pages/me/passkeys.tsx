import { Button, Stack, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { read, useChange } from '../../api/queries.ts';
import { Ago } from '../../ui/ago.tsx';
import { CurrentPassword } from '../../ui/current-password.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { ProblemAlert } from '../../ui/problem.tsx';
import { Said } from '../../ui/said.tsx';
import { inWords, makePasskey } from '../sign-in/passkey.ts';
import classes from './me.module.css';

export function Passkeys() {
  const { t } = useTranslation();
  const client = useClient();
  const passkeys = useQuery(read(client, 'GET /api/me/passkeys'));
  return (
    <Stack>
      <Loaded query={passkeys}>
        {({ items }) =>
          items.length === 0 ? (
            <p>{t('me.noPasskeys')}</p>
          ) : (
            <ul className={classes['list']}>
              {items.map(({ id, name, lastUsedAt, createdAt }) => (
                <li key={id}>
                  <span>
                    <strong>
                      <Said>{name}</Said>
                    </strong>{' '}
                    <Ago at={lastUsedAt ?? createdAt} />
                  </span>
                  <Forget id={id} name={name} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      <AddPasskey />
    </Stack>
  );
}

function Forget({ id, name }: { readonly id: string; readonly name: string }) {
  const { t } = useTranslation();
  const forget = useChange('DELETE /api/me/passkeys/{id}', ['GET /api/me/passkeys']);
  return (
    <Confirm
      action={t('me.forget')}
      of={name}
      size="compact-sm"
      isDangerous
      run={() => forget.mutateAsync({ params: { id } })}
    >
      {t('me.forgetMeans')}
    </Confirm>
  );
}

function AddPasskey() {
  const { t } = useTranslation();
  const client = useClient();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const add = useMutation({
    async mutationFn() {
      const { challengeId, options } = await client.call('POST /api/me/passkeys/options', {
        body: { password },
      });
      const response = await makePasskey(options);
      await client.call('POST /api/me/passkeys', { body: { challengeId, name, response } });
    },
    onSuccess() {
      setName('');
      setPassword('');
      return queries.invalidateQueries({ queryKey: ['GET /api/me/passkeys'] });
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate();
      }}
    >
      <Stack>
        <TextInput
          label={t('me.passkeyName')}
          required
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <CurrentPassword
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <ProblemAlert error={inWords(add.error, t)} />
        <div>
          <Button type="submit" variant="default" loading={add.isPending}>
            {t('me.addPasskey')}
          </Button>
        </div>
      </Stack>
    </form>
  );
}
