import { Button, NativeSelect, TagsInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FormDialog } from '../../ui/dialog.tsx';
import { NameField } from '../../ui/name-field.tsx';
import { SettingsFields } from '../../ui/settings-fields.tsx';
import { settingsOf, valuesOf, type SettingField, type Settings } from '../../ui/settings.ts';
import { inert } from '../../ui/inert.ts';

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
  readonly before?: Written<Kind> & { readonly version: string };
  /** Names of those a rule can tell; absent for what tells nobody. */
  readonly channels?: readonly string[];
  /** Makes it, or changes what had this version. */
  readonly save: (written: Written<Kind>, version: string | undefined) => Promise<unknown>;
}

/** The button and the form with which a channel or a rule is made or changed. */
export function ObjectDialog<Kind extends string>(props: ObjectDialogProps<Kind>) {
  const { title, before } = props;
  const [isOpen, dialog] = useDisclosure();
  const whole = before === undefined ? title : `${title}: ${inert(before.name)}`;
  return (
    <>
      <Button variant="default" size="compact-sm" aria-label={whole} onClick={dialog.open}>
        {title}
      </Button>
      {/* Made anew each time: what was typed and left is not what there is. */}
      {isOpen && <ObjectForm {...props} title={whole} close={dialog.close} />}
    </>
  );
}

interface ObjectFormProps<Kind extends string> extends ObjectDialogProps<Kind> {
  readonly close: () => void;
}

function ObjectForm<Kind extends string>(props: ObjectFormProps<Kind>) {
  const { title, kinds, first, fields, channels, save, close } = props;
  const { t } = useTranslation();
  // As it was when it was opened: what somebody else makes of it meanwhile is a conflict.
  const [before] = useState(props.before);
  const saving = useMutation({
    mutationFn: (written: Written<Kind>) => save(written, before?.version),
    onSuccess: close,
  });
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
    <FormDialog
      title={title}
      isOpen
      close={close}
      action={t('common.save')}
      error={saving.error}
      isRunning={saving.isPending}
      onSubmit={(event) => {
        event.preventDefault();
        const settings = settingsOf(fields(kind), values);
        saving.mutate({ name, kind, settings, channels: told });
      }}
    >
      <NameField
        value={name}
        onChange={setName}
        help={t('keys.nameHelp')}
        isGiven={before !== undefined}
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
  );
}
