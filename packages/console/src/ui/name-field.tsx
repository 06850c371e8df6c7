import { TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';

interface NameFieldProps {
  readonly value: string;
  readonly onChange: (name: string) => void;
  readonly help?: string;
  /** It has its name already, and keeps it. */
  readonly isGiven?: boolean;
}

/** The first field of each dialog in which something is made. */
export function NameField({ value, onChange, help, isGiven = false }: NameFieldProps) {
  const { t } = useTranslation();
  return (
    <TextInput
      label={t('common.name')}
      description={help}
      required
      readOnly={isGiven}
      data-autofocus
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
