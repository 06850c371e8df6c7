import type { Answer } from '@vitalgate/contract/api/client';
import { useTranslation } from 'react-i18next';
import { Badge } from '../../ui/badge.tsx';
import { formatMs } from '../../ui/format.ts';
import { inert } from '../../ui/inert.ts';
import { SaidBlock } from '../../ui/said.tsx';
import classes from './guardrails.module.css';
import { tones } from './tones.ts';

type Result = Answer<'POST /api/guardrails/try'>;

interface FindingsProps {
  readonly text: string;
  readonly result: Result;
}

/** What triggered, marked where it stands, and the text as it would go on. */
export function Findings({ text, result }: FindingsProps) {
  const { t } = useTranslation();
  const { verdict, findings, output, untried, ms } = result;
  return (
    <section aria-label={t('guardrails.result')} className={classes['result']}>
      <p role="status">
        <Badge tone={tones[verdict]}>{t(`guardrails.actions.${verdict}`)}</Badge>{' '}
        {t('guardrails.found', { count: findings.length })} · {formatMs(ms)}
      </p>
      <pre className={classes['marked']}>
        {piecesOf(text, findings).map(({ at, said, isFound }) =>
          isFound ? <mark key={at}>{inert(said)}</mark> : <span key={at}>{inert(said)}</span>,
        )}
      </pre>
      <ul>
        {findings.map((one) => (
          <li key={`${one.guardrail} ${one.detector} ${one.start}`}>
            <Badge tone={tones[one.action]}>{t(`guardrails.actions.${one.action}`)}</Badge>{' '}
            {one.guardrail} · {one.detector}
          </li>
        ))}
      </ul>
      {untried.length > 0 && (
        <p>
          {t('guardrails.untried', {
            what: untried.map((one) => t(`guardrails.untriedKinds.${one}`)).join(', '),
          })}
        </p>
      )}
      {output === null ? (
        <p>{t('guardrails.stops')}</p>
      ) : (
        <SaidBlock text={output} label={t('guardrails.output')} />
      )}
    </section>
  );
}

interface Piece {
  readonly at: number;
  readonly said: string;
  readonly isFound: boolean;
}

/** The text in pieces that are found or not; findings may lie over each other. */
function piecesOf(text: string, findings: Result['findings']): Piece[] {
  const edges = [0, text.length, ...findings.flatMap(({ start, end }) => [start, end])]
    .filter((edge) => edge >= 0 && edge <= text.length)
    .toSorted((a, b) => a - b);
  return edges.flatMap((at, i) => {
    const end = edges[i + 1] ?? at;
    if (end === at) return [];
    const isFound = findings.some((one) => one.start <= at && one.end >= end);
    return [{ at, said: text.slice(at, end), isFound }];
  });
}
