import { PasswordInput, type PasswordInputProps } from '@mantine/core';
import { useTranslation } from 'react-i18next';

/** Where somebody proves once more who they are, before they change how they do. */
export function CurrentPassword(props: PasswordInputProps) {
  const { t } = useTranslation();
  return (
    <PasswordInput
      label={t('me.currentPassword')}
      autoComplete="current-password"
      required
      {...props}
    />
  );
}
