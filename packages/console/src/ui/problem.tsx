import { Alert } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { ApiError } from '@vitalgate/contract/api/client';
import { useTranslation } from 'react-i18next';
import { Said } from './said.tsx';

/** Why a change was refused, with each place that is named; nothing while there is no error. */
export function ProblemAlert({ error }: { readonly error: Error | null }) {
  const { t } = useTranslation();
  if (error === null) return null;
  const problem = error instanceof ApiError ? error.problem : undefined;
  const places = problem?.errors ?? [];
  return (
    <Alert color="red" icon={<IconAlertTriangle size={18} />} role="alert">
      <Said>{problem?.detail ?? error.message}</Said>
      {problem?.code === 'version_changed' && <> {t('errors.versionChanged')}</>}
      {places.length > 0 && (
        <ul>
          {places.map(({ path, message }) => (
            <li key={`${path} ${message}`}>
              <code>{path}</code>: <Said>{message}</Said>
            </li>
          ))}
        </ul>
      )}
    </Alert>
  );
}
