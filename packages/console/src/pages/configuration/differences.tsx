import { Alert } from '@mantine/core';
import type { Answer } from '@vitalgate/contract/api/client';
import { useTranslation } from 'react-i18next';
import type { Difference } from '../../api/types.ts';
import { Said } from '../../ui/said.tsx';
import classes from './configuration.module.css';

const signs: Record<Difference['kind'], string> = { added: '+', removed: '−', changed: '±' };

export function Differences({ differences }: { readonly differences: readonly Difference[] }) {
  const { t } = useTranslation();
  if (differences.length === 0) return <p>{t('configuration.same')}</p>;
  return (
    <ul className={classes['differences']} aria-label={t('configuration.differences')}>
      {differences.map(({ path, kind, before, after }) => (
        <li key={path}>
          <span title={t(`configuration.kinds.${kind}`)}>{signs[kind]}</span> <code>{path}</code>{' '}
          {before !== null && (
            <del>
              <Said>{before}</Said>
            </del>
          )}{' '}
          {after !== null && (
            <ins>
              <Said>{after}</Said>
            </ins>
          )}
        </li>
      ))}
    </ul>
  );
}

interface MistakesProps {
  readonly mistakes: Answer<'POST /api/configuration/validate'>['mistakes'];
}

export function Mistakes({ mistakes }: MistakesProps) {
  const { t } = useTranslation();
  if (mistakes.length === 0) return null;
  return (
    <Alert color="red" title={t('configuration.mistakes', { count: mistakes.length })}>
      <ul>
        {mistakes.map(({ line, column, message }) => (
          <li key={`${line}:${column} ${message}`}>
            <code>
              {line}:{column}
            </code>{' '}
            <Said>{message}</Said>
          </li>
        ))}
      </ul>
    </Alert>
  );
}
