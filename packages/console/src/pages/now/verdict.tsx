import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
} from '@tabler/icons-react';
import type { ComponentType } from 'react';
import { useTranslation } from 'react-i18next';
import type { Status, Target } from '../../api/types.ts';
import { toneOfStatus } from '../../ui/badge.tsx';
import { formatMs } from '../../ui/format.ts';
import { Said } from '../../ui/said.tsx';
import classes from './now.module.css';

const marks: Record<Status, ComponentType<{ size?: number; 'aria-hidden'?: boolean }>> = {
  pass: IconCircleCheck,
  warn: IconAlertTriangle,
  fail: IconCircleX,
  unknown: IconCircleDashed,
};

/** The board tells of more. */
const MOST_NAMED = 3;

interface VerdictProps {
  readonly status: Status;
  readonly reasons: readonly string[];
  /** Targets that do not simply serve: what the reasons are about. */
  readonly troubled: readonly Target[];
  /** Seconds. */
  readonly uptime: number;
  readonly version: string;
  /** Whether it is told as it changes; else it is what was known last. */
  readonly isConnected: boolean;
}

/** The answer to the one question, readable from across the room. */
export function Verdict({ isConnected, ...last }: VerdictProps) {
  const { t } = useTranslation();
  const { reasons, troubled, uptime, version } = last;
  const named = troubled
    .slice(0, MOST_NAMED)
    .map(({ id, state }) => `${id}: ${t(`state.${state}`)}`);
  const words = [...reasons.map((reason) => reason.replaceAll('_', ' ')), ...named];
  // What nobody sees is not called well.
  const status = isConnected ? last.status : 'unknown';
  const Mark = marks[status];
  return (
    <div className={`${classes['verdict']} ${classes[toneOfStatus(status)]}`} role="status">
      <Mark size={40} aria-hidden />
      <div>
        <p className={classes['words']}>{t(isConnected ? `verdict.${status}` : 'now.away')}</p>
        <p className={classes['reasons']}>
          {!isConnected ? (
            t('now.knownLast', { verdict: t(`verdict.${last.status}`) })
          ) : reasons.length > 0 ? (
            <Said>{words.join(' · ')}</Said>
          ) : (
            t('now.uptime', { value: formatMs(uptime * 1000), version })
          )}
        </p>
      </div>
    </div>
  );
}
