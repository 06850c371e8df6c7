import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconMoon,
  IconPlayerPause,
  IconRadar,
  IconTrendingUp,
} from '@tabler/icons-react';
import type { Status, TargetState } from '../api/types.ts';
import type { ComponentType, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './badge.module.css';

/** Colour is never the only sign: each tone has a mark and a word. */
export type Tone = 'well' | 'impaired' | 'failed' | 'unknown' | 'resting' | 'probing';

interface BadgeProps {
  readonly tone: Tone;
  readonly icon?: ComponentType<{ size?: number; 'aria-hidden'?: boolean }>;
  readonly children: ReactNode;
}

export const Badge = ({ tone, icon: Icon, children }: BadgeProps) => (
  <span className={`${classes['badge']} ${classes[tone]}`}>
    {Icon !== undefined && <Icon size={14} aria-hidden />}
    {children}
  </span>
);

const ofStatus: Record<Status, Pick<BadgeProps, 'tone' | 'icon'>> = {
  pass: { tone: 'well', icon: IconCircleCheck },
  warn: { tone: 'impaired', icon: IconAlertTriangle },
  fail: { tone: 'failed', icon: IconCircleX },
  unknown: { tone: 'unknown', icon: IconCircleDashed },
};

export function StatusBadge({ status }: { readonly status: Status }) {
  const { t } = useTranslation();
  return <Badge {...ofStatus[status]}>{t(`status.${status}`)}</Badge>;
}

const ofState: Record<TargetState, Pick<BadgeProps, 'tone' | 'icon'>> = {
  serving: { tone: 'well', icon: IconCircleCheck },
  resting: { tone: 'resting', icon: IconMoon },
  probing: { tone: 'probing', icon: IconRadar },
  ramping: { tone: 'impaired', icon: IconTrendingUp },
  drained: { tone: 'unknown', icon: IconPlayerPause },
};

/** What it does, in the tone of how it is: a target can serve and be impaired. */
export function StateBadge({
  state,
  status,
}: {
  readonly state: TargetState;
  readonly status: Status;
}) {
  const { t } = useTranslation();
  const { tone, icon } = ofState[state];
  const isTroubled = state === 'serving' && status !== 'pass';
  const shown = isTroubled ? ofStatus[status].tone : tone;
  const mark = isTroubled ? ofStatus[status].icon : icon;
  return (
    <Badge tone={shown} {...(mark !== undefined && { icon: mark })}>
      {t(`state.${state}`)}
    </Badge>
  );
}

export const toneOfState = (state: TargetState, status: Status): Tone =>
  state === 'serving' ? ofStatus[status].tone : ofState[state].tone;
export const toneOfStatus = (status: Status): Tone => ofStatus[status].tone;
