import { Alert } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { ApiError } from '@vitalgate/contract/api/client';
import { useTranslation } from 'react-i18next';
import classes from './states.module.css';
import { Said } from './said.tsx';
import { SignedOut } from './signed-out.tsx';

/** Why a change was refused, with each place that is named; nothing while there is no error. */
export function ProblemAlert({ error }: { readonly error: Error | null }) {
  const { t } = useTranslation();
  if (error === null) return null;
  const problem = error instanceof ApiError ? error.problem : undefined;
  const isOver = problem?.code === 'not_signed_in';
  const places = problem?.errors ?? [];
  return (
    <Alert color="red" icon={<IconAlertTriangle size={18} />} role="alert">
      {isOver ? (
        <SignedOut />
      ) : (
        // The places say it all, each by itself.
        places.length === 0 && <Said>{problem?.detail ?? error.message}</Said>
      )}
      {problem?.code === 'version_changed' && <> {t('errors.versionChanged')}</>}
      {places.length > 0 && (
        <ul className={classes['places']}>
          {places.map(({ path, message }) => (
            <li key={`${path} ${message}`}>
              <code>{path.replace(/^(body|query)\./, '')}</code>: <Said>{message}</Said>
            </li>
          ))}
        </ul>
      )}
    </Alert>
  );
}
