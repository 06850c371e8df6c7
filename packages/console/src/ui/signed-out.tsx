import { useTranslation } from 'react-i18next';

/** That the session is over, and a way in beside what is typed here. */
export function SignedOut() {
  const { t } = useTranslation();
  return (
    <>
      {t('errors.signedOut')}{' '}
      <a href="/sign-in" target="_blank" rel="noreferrer">
        {t('signIn.title')}
      </a>
    </>
  );
}
