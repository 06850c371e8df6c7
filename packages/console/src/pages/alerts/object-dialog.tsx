import { Button, NativeSelect, TagsInput, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FormDialog } from '../../ui/dialog.tsx';
import {
  SettingsFields,
  settingsOf,
  valuesOf,
  type SettingField,
  type Settings,
} from '../../ui/settings-fields.tsx';

/** A channel or a rule as it is written. */
export interface Written<Kind extends string> {
  readonly name: string;
  readonly kind: Kind;
  readonly settings: Settings;
  /** Of a rule. */
  readonly channels: readonly string[];
}

interface ObjectDialogProps<Kind extends string> {
  readonly title: string;
  readonly kinds: readonly { readonly value: Kind; readonly label: string }[];
  /** The kind that a new one has at first. */
  readonly first: Kind;
  readonly fields: (kind: Kind) => readonly SettingField[];
  /** What there is already; it keeps its name. */
  readonly before?: Written<Kind>;
  /** Names of those a rule can tell; absent for what tells nobody. */
  readonly channels?: readonly string[];
  readonly save: (written: Written<Kind>) => Promise<unknown>;
  readonly error: Error | null;
  readonly isRunning: boolean;
}

/** The button and the form with which a channel or a rule is made or changed. */
export function ObjectDialog<Kind extends string>(props: ObjectDialogProps<Kind>) {
  const { title, kinds, first, fields, before, channels, save, error, isRunning } = props;
  const { t } = useTranslation();
  const [isOpen, dialog] = useDisclosure();
  const start = before?.kind ?? first;
  const [name, setName] = useState(before?.name ?? '');
  const [kind, setKind] = useState<Kind>(start);
  const [told, setTold] = useState<readonly string[]>(before?.channels ?? []);
  const [values, setValues] = useState(() => valuesOf(fields(start), before?.settings ?? {}));
  const choose = (next: Kind): void => {
    setKind(next);
    setValues(valuesOf(fields(next), next === before?.kind ? before.settings : {}));
  };
  return (
    <>
      <Button variant="default" size="compact-sm" onClick={dialog.open}>
        {title}
      </Button>
      <FormDialog
        title={before === undefined ? title : `${title}: ${before.name}`}
        isOpen={isOpen}
        close={dialog.close}
        action={t('common.save')}
        error={error}
        isRunning={isRunning}
        onSubmit={(event) => {
          event.preventDefault();
          const settings = settingsOf(fields(kind), values);
          void save({ name, kind, settings, channels: told }).then(dialog.close, () => {});
        }}
      >
        <TextInput
          label={t('common.name')}
          required
          readOnly={before !== undefined}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <NativeSelect
          label={t('alerts.kind')}
          data={[...kinds]}
          value={kind}
          onChange={(event) => choose(event.currentTarget.value as Kind)}
        />
        <SettingsFields
          fields={fields(kind)}
          values={values}
          onChange={setValues}
          isChange={kind === before?.kind}
        />
        {channels !== undefined && (
          <TagsInput
            label={t('alerts.tell')}
            data={[...channels]}
            required={told.length === 0}
            value={[...told]}
            onChange={setTold}
          />
        )}
      </FormDialog>
    </>
  );
}
