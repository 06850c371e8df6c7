import { Button, NativeSelect, PasswordInput, Switch, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange } from '../../api/queries.ts';
import { Badge } from '../../ui/badge.tsx';
import { FormDialog } from '../../ui/dialog.tsx';
import { formatMs } from '../../ui/format.ts';
import { Said } from '../../ui/said.tsx';

/** Addresses that people would otherwise have to look up. */
const usual: readonly (readonly [dialect: string, baseUrl: string])[] = [
  ['openai-chat', 'https://api.openai.com/v1'],
  ['openai-responses', 'https://api.openai.com/v1'],
  ['anthropic', 'https://api.anthropic.com'],
  ['gemini', 'https://generativelanguage.googleapis.com'],
  ['mistral', 'https://api.mistral.ai/v1'],
  ['cohere', 'https://api.cohere.com'],
  ['ollama', 'http://127.0.0.1:11434'],
];

const empty = {
  name: '',
  dialect: 'openai-chat',
  baseUrl: 'https://api.openai.com/v1',
  private: false,
  credential: '',
};

/** Adds a provider, and lets it be tried before it is kept. */
export function AddProvider() {
  const { t } = useTranslation();
  const [isOpen, dialog] = useDisclosure();
  const [values, setValues] = useState(empty);
  const add = useChange('POST /api/providers', ['GET /api/providers', 'GET /api/overview']);
  const test = useChange('POST /api/providers/test', []);
  const { name, credential, ...place } = values;
  const close = (): void => {
    dialog.close();
    add.reset();
    test.reset();
    // The credential does not stay in the page.
    setValues(empty);
  };
  return (
    <>
      <Button size="compact-md" leftSection={<IconPlus size={16} />} onClick={dialog.open}>
        {t('providers.add')}
      </Button>
      <FormDialog
        title={t('providers.add')}
        isOpen={isOpen}
        close={close}
        action={t('common.create')}
        error={add.error ?? test.error}
        isRunning={add.isPending}
        onSubmit={(event) => {
          event.preventDefault();
          const credentials = credential === '' ? [] : [{ name: 'main', value: credential }];
          add.mutate({ body: { name, ...place, credentials } }, { onSuccess: close });
        }}
      >
        <TextInput
          label={t('common.name')}
          required
          data-autofocus
          value={name}
          onChange={(event) => setValues({ ...values, name: event.currentTarget.value })}
        />
        <NativeSelect
          label={t('requests.dialect')}
          value={values.dialect}
          data={usual.map(([dialect]) => dialect)}
          onChange={(event) => {
            const dialect = event.currentTarget.value;
            const [, baseUrl = ''] = usual.find(([one]) => one === dialect) ?? [];
            setValues({ ...values, dialect, baseUrl });
          }}
        />
        <TextInput
          label={t('providers.baseUrl')}
          type="url"
          required
          value={values.baseUrl}
          onChange={(event) => setValues({ ...values, baseUrl: event.currentTarget.value })}
        />
        <PasswordInput
          label={t('providers.credential')}
          description={t('providers.credentialHelp')}
          autoComplete="off"
          value={credential}
          onChange={(event) => setValues({ ...values, credential: event.currentTarget.value })}
        />
        <Switch
          label={t('providers.private')}
          checked={values.private}
          onChange={(event) => setValues({ ...values, private: event.currentTarget.checked })}
        />
        <div>
          <Button
            variant="default"
            loading={test.isPending}
            onClick={() =>
              test.mutate({ body: { ...place, ...(credential === '' ? {} : { credential }) } })
            }
          >
            {t('providers.test')}
          </Button>
        </div>
        {test.data !== undefined && (
          <p role="status">
            <Badge tone={test.data.ok ? 'well' : 'failed'}>
              {t(test.data.ok ? 'providers.reached' : 'providers.notReached')}
            </Badge>{' '}
            {test.data.message === null ? formatMs(test.data.ms) : <Said>{test.data.message}</Said>}
          </p>
        )}
      </FormDialog>
    </>
  );
}
