import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange } from '../../api/queries.ts';
import { holdKey } from '../../app/held-key.ts';
import { AddDialog } from '../../ui/add-dialog.tsx';
import { NameField } from '../../ui/name-field.tsx';
import { useSecret } from './secret.ts';
import { bodyOf, KeySettingsFields, newSettings } from './settings.tsx';

/** Makes a key and shows its secret, this once. */
export function CreateKey() {
  const { t } = useTranslation();
  const secretOf = useSecret();
  const [name, setName] = useState('');
  const [settings, setSettings] = useState(newSettings);
  const create = useChange('POST /api/keys', ['GET /api/keys', 'GET /api/overview']);
  return (
    <AddDialog
      title={t('keys.create')}
      width="lg"
      error={create.error}
      isRunning={create.isPending}
      once={secretOf(create.data?.secret)}
      add={() =>
        create.mutate(
          { body: { name, ...bodyOf(settings) } },
          { onSuccess: ({ secret }) => holdKey(secret) },
        )
      }
      forget={() => {
        create.reset();
        setName('');
        setSettings(newSettings);
      }}
    >
      <NameField value={name} onChange={setName} help={t('keys.nameHelp')} />
      <KeySettingsFields value={settings} onChange={setSettings} />
    </AddDialog>
  );
}
