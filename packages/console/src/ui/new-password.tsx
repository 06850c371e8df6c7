import { PasswordInput, type PasswordInputProps } from '@mantine/core';
import { useTranslation } from 'react-i18next';

/** Where somebody chooses a password: what is expected of it, and that browsers may offer one. */
export function NewPassword(props: PasswordInputProps) {
  const { t } = useTranslation();
  return (
    <PasswordInput
      label={t('signIn.password')}
      description={t('me.passwordHelp')}
      autoComplete="new-password"
      required
      minLength={12}
      {...props}
    />
  );
}
