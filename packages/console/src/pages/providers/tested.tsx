import { useTranslation } from 'react-i18next';
import type { Answer } from '@vitalgate/contract/api/client';
import { Badge } from '../../ui/badge.tsx';
import { formatMs } from '../../ui/format.ts';
import { Said } from '../../ui/said.tsx';

/** How a provider answered when it was tried. */
export function Tested({ ok, message, ms }: Answer<'POST /api/providers/test'>) {
  const { t } = useTranslation();
  return (
    <p role="status">
      <Badge tone={ok ? 'well' : 'failed'}>
        {t(ok ? 'providers.reached' : 'providers.notReached')}
      </Badge>{' '}
      <Said>{message ?? formatMs(ms)}</Said>
    </p>
  );
}
