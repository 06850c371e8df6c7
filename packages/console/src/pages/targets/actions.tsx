import { useTranslation } from 'react-i18next';
import { useChange } from '../../api/queries.ts';
import { Confirm } from '../../ui/confirm.tsx';

const touched = [
  'GET /api/targets',
  'GET /api/targets/{id}',
  'GET /api/targets/{id}/history',
  'GET /api/overview',
] as const;

/** What an operator's hand can do to a target. */
export function TargetActions({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const params = { id };
  const rest = useChange('POST /api/targets/{id}/rest', touched);
  const serve = useChange('POST /api/targets/{id}/serve', touched);
  const drain = useChange('POST /api/targets/{id}/drain', touched);
  const reset = useChange('POST /api/targets/{id}/reset', touched);
  return (
    <>
      <Confirm action={t('targets.serve')} run={() => serve.mutateAsync({ params })}>
        {t('targets.serveMeans')}
      </Confirm>
      <Confirm action={t('targets.rest')} run={() => rest.mutateAsync({ params, body: {} })}>
        {t('targets.restMeans')}
      </Confirm>
      <Confirm action={t('targets.drain')} run={() => drain.mutateAsync({ params })} isDangerous>
        {t('targets.drainMeans')}
      </Confirm>
      <Confirm action={t('targets.reset')} run={() => reset.mutateAsync({ params })}>
        {t('targets.resetMeans')}
      </Confirm>
    </>
  );
}
