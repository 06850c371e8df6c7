import { Button, Modal, Stack, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange } from '../../api/queries.ts';
import { Secret } from '../../ui/copy.tsx';
import { FormDialog } from '../../ui/dialog.tsx';
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
            create.mutate({ body: { name, ...bodyOf(settings) } });
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

interface SecretDialogProps {
  readonly secret: string;
  readonly isOpen: boolean;
  readonly close: () => void;
}

/** A click beside it must not take away what is never shown again. */
export function SecretDialog({ secret, isOpen, close }: SecretDialogProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={isOpen}
      onClose={close}
      title={t('keys.secretTitle')}
      closeOnClickOutside={false}
      size="lg"
    >
      <Stack>
        <p>{t('keys.secretHelp')}</p>
        <Secret text={secret} label={t('keys.copySecret')} />
        <Button onClick={close}>{t('keys.kept')}</Button>
      </Stack>
    </Modal>
  );
}
