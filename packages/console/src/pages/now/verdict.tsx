import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
} from '@tabler/icons-react';
import type { ComponentType } from 'react';
import { useTranslation } from 'react-i18next';
import type { Status } from '../../api/types.ts';
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

interface VerdictProps {
  readonly status: Status;
  readonly reasons: readonly string[];
  /** Seconds. */
  readonly uptime: number;
  readonly version: string;
}

/** The answer to the one question, readable from across the room. */
export function Verdict({ status, reasons, uptime, version }: VerdictProps) {
  const { t } = useTranslation();
  const Mark = marks[status];
  return (
    <div className={`${classes['verdict']} ${classes[toneOfStatus(status)]}`} role="status">
      <Mark size={40} aria-hidden />
      <div>
        <p className={classes['words']}>{t(`verdict.${status}`)}</p>
        <p className={classes['reasons']}>
          {reasons.length > 0 ? (
            <Said>{reasons.map((reason) => reason.replaceAll('_', ' ')).join(' · ')}</Said>
          ) : (
            t('now.uptime', { value: formatMs(uptime * 1000), version })
          )}
        </p>
      </div>
    </div>
  );
}
