import { NativeSelect, PasswordInput, Switch, TagsInput, Textarea, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { SettingField, SettingValues, Value } from './settings.ts';

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
  return fields.map(
    ({ name, label, help, input, choices = [], choiceLabels, isRequired = false }) => {
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
              data={choices.map((one, i) => ({ value: one, label: choiceLabels?.[i] ?? one }))}
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
        case 'lines':
          return (
            <Textarea
              key={name}
              {...common}
              rows={3}
              required={isRequired}
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
    },
  );
}
