import { Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { read, useChange } from '../../api/queries.ts';
import { useMayOperate } from '../../app/session.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Card } from '../../ui/page.tsx';
import { Empty } from '../../ui/states.tsx';
import { ruleFields, ruleKinds } from './fields.ts';
import { ObjectDialog, type Written } from './object-dialog.tsx';

/** When somebody is told. */
export function Rules() {
  const { t } = useTranslation();
  const client = useClient();
  const mayOperate = useMayOperate();
  const rules = useQuery(read(client, 'GET /api/alerts/rules'));
  const channels = useQuery(read(client, 'GET /api/alerts/channels'));
  const models = useQuery(read(client, 'GET /api/models'));
  const put = useChange('PUT /api/alerts/rules/{name}', ['GET /api/alerts/rules']);
  const remove = useChange('DELETE /api/alerts/rules/{name}', ['GET /api/alerts/rules']);
  const modelNames = models.data?.items.map(({ name }) => name) ?? [];
  const dialog = {
    kinds: ruleKinds.map((value) => ({ value, label: t(`alerts.kinds.${value}`) })),
    first: 'verdict' as const,
    fields: (kind: (typeof ruleKinds)[number]) => ruleFields(kind, t, modelNames),
    channels: channels.data?.items.map(({ name }) => name) ?? [],
    save: ({ name, ...body }: Written<(typeof ruleKinds)[number]>) =>
      put.mutateAsync({ params: { name }, body: { ...body, channels: [...body.channels] } }),
    error: put.error,
    isRunning: put.isPending,
  };
  return (
    <Card
      title={t('alerts.rules')}
      actions={mayOperate && <ObjectDialog key="new" title={t('alerts.addRule')} {...dialog} />}
    >
      <Loaded query={rules}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('alerts.noRules')}>{t('alerts.noRulesHelp')}</Empty>
          ) : (
            items.map((rule) => (
              <Group key={rule.name} gap="xs">
                <strong>{rule.name}</strong> {t(`alerts.kinds.${rule.kind}`)} →{' '}
                {rule.channels.join(', ')}
                {mayOperate && rule.managedBy === 'console' && (
                  <>
                    <ObjectDialog
                      key={rule.version}
                      title={t('alerts.edit')}
                      before={rule}
                      {...dialog}
                    />
                    <Confirm
                      action={t('alerts.remove')}
                      size="compact-sm"
                      isDangerous
                      error={remove.error}
                      isRunning={remove.isPending}
                      run={() => remove.mutateAsync({ params: { name: rule.name } })}
                    >
                      {t('alerts.removeHelp')}
                    </Confirm>
                  </>
                )}
              </Group>
            ))
          )
        }
      </Loaded>
    </Card>
  );
}
