import {
  IconBan,
  IconCircleCheck,
  IconCircleX,
  IconDoorExit,
  IconPlugConnectedX,
} from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useMemo, type ComponentProps } from 'react';
import { useTranslation } from 'react-i18next';
import type { Outcome, Receipt } from '../../api/types.ts';
import { Badge } from '../../ui/badge.tsx';
import { formatCount, formatMs, formatTime, formatUsd } from '../../ui/format.ts';
import { Said } from '../../ui/said.tsx';
import type { Column } from '../../ui/table.tsx';

const ofOutcome: Record<Outcome, Pick<ComponentProps<typeof Badge>, 'tone' | 'icon'>> = {
  completed: { tone: 'well', icon: IconCircleCheck },
  refused: { tone: 'impaired', icon: IconBan },
  failed: { tone: 'failed', icon: IconCircleX },
  abandoned: { tone: 'unknown', icon: IconDoorExit },
  interrupted: { tone: 'failed', icon: IconPlugConnectedX },
};

export function OutcomeBadge({ outcome, status }: Pick<Receipt, 'outcome' | 'status'>) {
  const { t } = useTranslation();
  return (
    <Badge {...ofOutcome[outcome]}>
      {t(`outcome.${outcome}`)}
      {status > 0 && ` ${status}`}
    </Badge>
  );
}

export function useReceiptColumns(): readonly Column<Receipt>[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      {
        id: 'at',
        header: t('requests.at'),
        width: '5.5rem',
        cell: ({ id, at }) => (
          <Link to="/requests/$id" params={{ id }} tabIndex={-1} className="numeric">
            {formatTime(at)}
          </Link>
        ),
      },
      {
        id: 'outcome',
        header: t('requests.outcome'),
        width: '9rem',
        cell: ({ outcome, status }) => <OutcomeBadge outcome={outcome} status={status} />,
      },
      {
        id: 'model',
        header: t('requests.model'),
        width: 'minmax(5rem, 1fr)',
        cell: ({ model }) => <Said>{model}</Said>,
      },
      {
        id: 'target',
        header: t('requests.target'),
        width: 'minmax(9rem, 1.6fr)',
        show: 'wide',
        cell: ({ target, reason }) => <Said>{target ?? reason ?? '–'}</Said>,
      },
      {
        id: 'attempts',
        header: t('requests.attempts'),
        width: '4.5rem',
        show: 'wide',
        align: 'end',
        cell: ({ attempts }) => attempts.length,
      },
      {
        id: 'key',
        header: t('requests.key'),
        width: 'minmax(5rem, 0.8fr)',
        show: 'wide',
        cell: ({ key }) => (key === null ? '–' : <Said>{key.name}</Said>),
      },
      {
        id: 'first',
        header: t('requests.first'),
        width: '5rem',
        show: 'wide',
        align: 'end',
        cell: ({ firstMs }) => (firstMs === null ? '–' : formatMs(firstMs)),
      },
      {
        id: 'total',
        header: t('requests.total'),
        width: '4.5rem',
        align: 'end',
        cell: ({ totalMs }) => formatMs(totalMs),
      },
      {
        id: 'tokens',
        header: t('requests.tokens'),
        width: '6.5rem',
        show: 'wide',
        align: 'end',
        cell: ({ tokens }) =>
          `${tokens.input === null ? '–' : formatCount(tokens.input)} / ${tokens.output === null ? '–' : formatCount(tokens.output)}`,
      },
      {
        id: 'cost',
        header: t('requests.cost'),
        width: '6rem',
        show: 'wide',
        align: 'end',
        cell: ({ cost }) => (cost === null ? '–' : formatUsd(cost)),
      },
    ],
    [t],
  );
}
