import { Button, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange } from '../../api/queries.ts';
import { holdKey } from '../../app/held-key.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { SecretDialog } from './secret-dialog.tsx';
import { bodyOf, KeySettingsFields, newSettings } from './settings.tsx';

/** Makes a key and shows its secret, this once. */
export function CreateKey() {
  const { t } = useTranslation();
  const [isOpen, dialog] = useDisclosure();
  const [name, setName] = useState('');
  const [settings, setSettings] = useState(newSettings);
  const create = useChange('POST /api/keys', ['GET /api/keys', 'GET /api/overview']);
  const secret = create.data?.secret;
  const close = (): void => {
    dialog.close();
    create.reset();
    setName('');
    setSettings(newSettings);
  };
  return (
    <>
      <Button leftSection={<IconPlus size={16} />} onClick={dialog.open}>
        {t('keys.create')}
      </Button>
      {secret === undefined ? (
        <FormDialog
          title={t('keys.create')}
          isOpen={isOpen}
          close={close}
          action={t('common.create')}
          size="lg"
          error={create.error}
          isRunning={create.isPending}
          onSubmit={(event) => {
            event.preventDefault();
            create.mutate(
              { body: { name, ...bodyOf(settings) } },
              { onSuccess: (made) => holdKey(made.secret) },
            );
          }}
        >
          <TextInput
            label={t('common.name')}
            description={t('keys.nameHelp')}
            required
            data-autofocus
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <KeySettingsFields value={settings} onChange={setSettings} />
        </FormDialog>
      ) : (
        <SecretDialog secret={secret} isOpen={isOpen} close={close} />
      )}
    </>
  );
}
