import { Button, NativeSelect, Switch, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange } from '../../api/queries.ts';
import type { Provider } from '../../api/types.ts';
import { FormDialog } from '../../ui/dialog.tsx';

/** Names a model for callers; more targets and settings are in the configuration. */
export function AddModel({ providers }: { readonly providers: readonly Provider[] }) {
  const { t } = useTranslation();
  const [isOpen, dialog] = useDisclosure();
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
  const close = (): void => {
    dialog.close();
    add.reset();
  };
  return (
    <>
      <Button
        size="compact-md"
        leftSection={<IconPlus size={16} />}
        disabled={providers.length === 0}
        title={providers.length === 0 ? t('providers.providerFirst') : ''}
        onClick={dialog.open}
      >
        {t('providers.addModel')}
      </Button>
      <FormDialog
        title={t('providers.addModel')}
        isOpen={isOpen}
        close={close}
        action={t('common.create')}
        error={add.error}
        isRunning={add.isPending}
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate(
            { body: { name, critical, targets: [{ provider, model }] } },
            { onSuccess: close },
          );
        }}
      >
        <TextInput
          label={t('common.name')}
          description={t('providers.modelNameHelp')}
          required
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
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
      </FormDialog>
    </>
  );
}
