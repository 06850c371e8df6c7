import { useTranslation } from 'react-i18next';
import type { Key } from '../../api/types.ts';
import { Badge, type Tone } from '../../ui/badge.tsx';

const tones: Record<Key['status'], Tone> = {
  active: 'well',
  expired: 'unknown',
  revoked: 'failed',
};

export function KeyStatusBadge({ status }: Pick<Key, 'status'>) {
  const { t } = useTranslation();
  return <Badge tone={tones[status]}>{t(`keyStatus.${status}`)}</Badge>;
}
