import { NativeSelect, Switch, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange } from '../../api/queries.ts';
import type { Provider } from '../../api/types.ts';
import { AddDialog } from '../../ui/add-dialog.tsx';
import { NameField } from '../../ui/name-field.tsx';

/** Names a model for callers; more targets and settings are in the configuration. */
export function AddModel({ providers }: { readonly providers: readonly Provider[] }) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [chosen, setProvider] = useState('');
  const [model, setModel] = useState('');
  const [critical, setCritical] = useState(false);
  const add = useChange('POST /api/models', [
    'GET /api/models',
    'GET /api/overview',
    'GET /api/targets',
  ]);
  const provider = chosen === '' ? (providers[0]?.name ?? '') : chosen;
  return (
    <AddDialog
      title={t('providers.addModel')}
      size="compact-md"
      notYet={providers.length === 0 ? t('providers.providerFirst') : undefined}
      error={add.error}
      isRunning={add.isPending}
      add={(done) =>
        add.mutate(
          { body: { name, critical, targets: [{ provider, model }] } },
          { onSuccess: done },
        )
      }
      forget={() => {
        add.reset();
        setName('');
        setModel('');
      }}
    >
      <NameField value={name} onChange={setName} help={t('providers.modelNameHelp')} />
      <NativeSelect
        label={t('providers.provider')}
        value={provider}
        data={providers.map((one) => one.name)}
        onChange={(event) => setProvider(event.currentTarget.value)}
      />
      <TextInput
        label={t('providers.upstreamModel')}
        required
        value={model}
        onChange={(event) => setModel(event.currentTarget.value)}
      />
      <Switch
        label={t('providers.critical')}
        checked={critical}
        onChange={(event) => setCritical(event.currentTarget.checked)}
      />
    </AddDialog>
  );
}
