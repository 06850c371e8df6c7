import { Button, NativeSelect, PasswordInput, Switch, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange } from '../../api/queries.ts';
import { AddDialog } from '../../ui/add-dialog.tsx';
import { NameField } from '../../ui/name-field.tsx';
import { Tested } from './tested.tsx';

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
  const [values, setValues] = useState(empty);
  const add = useChange('POST /api/providers', ['GET /api/providers', 'GET /api/overview']);
  const test = useChange('POST /api/providers/test', []);
  const { name, credential, ...place } = values;
  return (
    <AddDialog
      title={t('providers.add')}
      size="compact-md"
      error={add.error ?? test.error}
      isRunning={add.isPending}
      add={(done) => {
        const credentials = credential === '' ? [] : [{ name: 'main', value: credential }];
        add.mutate({ body: { name, ...place, credentials } }, { onSuccess: done });
      }}
      forget={() => {
        add.reset();
        test.reset();
        // The credential does not stay in the page.
        setValues(empty);
      }}
    >
      <NameField
        value={name}
        onChange={(chosen) => setValues({ ...values, name: chosen })}
        help={t('keys.nameHelp')}
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
      {test.data !== undefined && <Tested {...test.data} />}
    </AddDialog>
  );
}
