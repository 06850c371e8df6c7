import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { read, useChange } from '../../api/queries.ts';
import { useMayOperate } from '../../app/session.ts';
import { Loaded } from '../../ui/loaded.tsx';
import { Card } from '../../ui/page.tsx';
import { Empty } from '../../ui/states.tsx';
import { ruleFields, ruleKinds } from './fields.ts';
import { ObjectDialog, type Written } from './object-dialog.tsx';
import { ObjectList, ObjectRow } from './object-row.tsx';
import { Said } from '../../ui/said.tsx';

/** When somebody is told. */
export function Rules() {
  const { t } = useTranslation();
  const client = useClient();
  const mayOperate = useMayOperate();
  const rules = useQuery(read(client, 'GET /api/alerts/rules'));
  const channels = useQuery(read(client, 'GET /api/alerts/channels'));
  const models = useQuery(read(client, 'GET /api/models'));
  const add = useChange('POST /api/alerts/rules', ['GET /api/alerts/rules']);
  const change = useChange('PATCH /api/alerts/rules/{name}', ['GET /api/alerts/rules']);
  const remove = useChange('DELETE /api/alerts/rules/{name}', ['GET /api/alerts/rules']);
  const modelNames = models.data?.items.map(({ name }) => name) ?? [];
  const dialog = {
    kinds: ruleKinds.map((value) => ({ value, label: t(`alerts.kinds.${value}`) })),
    first: 'verdict' as const,
    fields: (kind: (typeof ruleKinds)[number]) => ruleFields(kind, t, modelNames),
    channels: channels.data?.items.map(({ name }) => name) ?? [],
    save(written: Written<(typeof ruleKinds)[number]>, ifMatch: string | undefined) {
      const { name, ...rest } = { ...written, channels: [...written.channels] };
      return ifMatch === undefined
        ? add.mutateAsync({ body: { name, ...rest } })
        : change.mutateAsync({ params: { name }, body: rest, ifMatch });
    },
  };
  return (
    <Card
      title={t('alerts.rules')}
      actions={mayOperate && <ObjectDialog title={t('alerts.addRule')} {...dialog} />}
    >
      <Loaded query={rules}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('alerts.noRules')}>{t('alerts.noRulesHelp')}</Empty>
          ) : (
            <ObjectList>
              {items.map((rule) => (
                <ObjectRow
                  key={rule.name}
                  name={rule.name}
                  managedBy={rule.managedBy}
                  edit={<ObjectDialog title={t('alerts.edit')} before={rule} {...dialog} />}
                  remove={() => remove.mutateAsync({ params: { name: rule.name } })}
                >
                  {t(`alerts.kinds.${rule.kind}`)} → <Said>{rule.channels.join(', ')}</Said>
                </ObjectRow>
              ))}
            </ObjectList>
          )
        }
      </Loaded>
    </Card>
  );
}
