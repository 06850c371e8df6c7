import { useTranslation } from 'react-i18next';
import { Badge, type Tone } from '../../ui/badge.tsx';

const tones = {
  delivered: 'well',
  waiting: 'probing',
  failed: 'failed',
} as const satisfies Record<string, Tone>;

export function DeliveryBadge({ state }: { readonly state: keyof typeof tones }) {
  const { t } = useTranslation();
  return <Badge tone={tones[state]}>{t(`alerts.deliveryStates.${state}`)}</Badge>;
}
