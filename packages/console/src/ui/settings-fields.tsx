import { NativeSelect, PasswordInput, Switch, TagsInput, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';

/** One setting of an object that is written as the configuration has it. */
export interface SettingField {
  readonly name: string;
  readonly label: string;
  readonly help?: string;
  /** `share` is shown in percent; `secret` is written and never shown. */
  readonly input: 'text' | 'secret' | 'number' | 'share' | 'list' | 'choice' | 'switch';
  readonly choices?: readonly string[];
  readonly isRequired?: boolean;
}

type Value = string | boolean | readonly string[];
export type SettingValues = Readonly<Record<string, Value>>;
export type Settings = Readonly<Record<string, unknown>>;

/** What is in the fields at first: what is set, or nothing. */
export function valuesOf(fields: readonly SettingField[], settings: Settings): SettingValues {
  return Object.fromEntries(
    fields.map(({ name, input, choices = [] }) => {
      const set = settings[name];
      if (input === 'list') return [name, Array.isArray(set) ? set.map(String) : []];
      if (input === 'switch') return [name, set === true];
      if (input === 'share' && typeof set === 'number') return [name, String(set * 100)];
      const first = input === 'choice' ? (choices[0] ?? '') : '';
      return [name, typeof set === 'string' || typeof set === 'number' ? String(set) : first];
    }),
  );
}

/** What is in the fields, as the configuration has it; what is empty is left out. */
export function settingsOf(fields: readonly SettingField[], values: SettingValues): Settings {
  const settings: Record<string, unknown> = {};
  for (const { name, input } of fields) {
    const value = values[name];
    const isEmpty = Array.isArray(value) && value.length === 0;
    if (value === undefined || value === '' || value === false || isEmpty) continue;
    if (input === 'number') settings[name] = Number(value);
    else if (input === 'share') settings[name] = Number(value) / 100;
    else settings[name] = value;
  }
  return settings;
}

interface FieldsProps {
  readonly fields: readonly SettingField[];
  readonly values: SettingValues;
  readonly onChange: (values: SettingValues) => void;
  /** Something is set already: a secret that is left empty stays. */
  readonly isChange: boolean;
}

/** The settings of one kind of object, each in a field that fits it. */
export function SettingsFields({ fields, values, onChange, isChange }: FieldsProps) {
  const { t } = useTranslation();
  return fields.map(({ name, label, help, input, choices = [], isRequired = false }) => {
    const value = values[name];
    const text = typeof value === 'string' ? value : '';
    const set = (next: Value): void => onChange({ ...values, [name]: next });
    const common = { label, ...(help !== undefined && { description: help }) };
    switch (input) {
      case 'list':
        return (
          <TagsInput
            key={name}
            {...common}
            data={[...choices]}
            required={isRequired && !(Array.isArray(value) && value.length > 0)}
            value={Array.isArray(value) ? [...(value as readonly string[])] : []}
            onChange={set}
          />
        );
      case 'switch':
        return (
          <Switch
            key={name}
            {...common}
            checked={value === true}
            onChange={(event) => set(event.currentTarget.checked)}
          />
        );
      case 'choice':
        return (
          <NativeSelect
            key={name}
            {...common}
            data={[...choices]}
            value={text}
            onChange={(event) => set(event.currentTarget.value)}
          />
        );
      case 'secret':
        return (
          <PasswordInput
            key={name}
            {...common}
            autoComplete="off"
            required={isRequired && !isChange}
            placeholder={isChange ? t('common.unchanged') : ''}
            value={text}
            onChange={(event) => set(event.currentTarget.value)}
          />
        );
      case 'text':
      case 'number':
      case 'share':
        return (
          <TextInput
            key={name}
            {...common}
            required={isRequired}
            inputMode={input === 'text' ? 'text' : 'decimal'}
            value={text}
            onChange={(event) => set(event.currentTarget.value)}
          />
        );
    }
  });
}
