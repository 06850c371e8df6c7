import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { read, useChange } from '../../api/queries.ts';
import { useMayOperate } from '../../app/session.ts';
import { Loaded } from '../../ui/loaded.tsx';
import { Card } from '../../ui/page.tsx';
import { ProblemAlert } from '../../ui/problem.tsx';
import { Said } from '../../ui/said.tsx';
import { Empty } from '../../ui/states.tsx';
import { DeliveryBadge } from './delivery-badge.tsx';
import { channelFields, channelKinds } from './fields.ts';
import { ObjectDialog, type Written } from './object-dialog.tsx';
import { ObjectList, ObjectRow } from './object-row.tsx';

/** Where alerts are told; each can be tried. */
export function Channels() {
  const { t } = useTranslation();
  const client = useClient();
  const mayOperate = useMayOperate();
  const channels = useQuery(read(client, 'GET /api/alerts/channels'));
  const add = useChange('POST /api/alerts/channels', ['GET /api/alerts/channels']);
  const change = useChange('PATCH /api/alerts/channels/{name}', ['GET /api/alerts/channels']);
  const remove = useChange('DELETE /api/alerts/channels/{name}', ['GET /api/alerts/channels']);
  const test = useChange('POST /api/alerts/channels/{name}/test', ['GET /api/alerts/deliveries']);
  const dialog = {
    kinds: channelKinds.map((value) => ({ value, label: t(`alerts.channelKinds.${value}`) })),
    first: 'slack' as const,
    fields: (kind: (typeof channelKinds)[number]) => channelFields(kind, t),
    save(written: Written<(typeof channelKinds)[number]>, ifMatch: string | undefined) {
      const { name, kind, settings } = written;
      return ifMatch === undefined
        ? add.mutateAsync({ body: { name, kind, settings } })
        : change.mutateAsync({ params: { name }, body: { kind, settings }, ifMatch });
    },
  };
  return (
    <Card
      title={t('alerts.channels')}
      actions={mayOperate && <ObjectDialog title={t('alerts.addChannel')} {...dialog} />}
    >
      <Loaded query={channels}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('alerts.noChannels')}>{t('alerts.noChannelsHelp')}</Empty>
          ) : (
            <ObjectList>
              {items.map((channel) => (
                <ObjectRow
                  key={channel.name}
                  name={channel.name}
                  managedBy={channel.managedBy}
                  action={
                    <Button
                      variant="default"
                      size="compact-sm"
                      loading={test.isPending && test.variables.params.name === channel.name}
                      onClick={() => test.mutate({ params: { name: channel.name } })}
                    >
                      {t('alerts.test')}
                    </Button>
                  }
                  edit={
                    <ObjectDialog
                      title={t('alerts.edit')}
                      before={{ ...channel, channels: [] }}
                      {...dialog}
                    />
                  }
                  remove={() => remove.mutateAsync({ params: { name: channel.name } })}
                >
                  {t(`alerts.channelKinds.${channel.kind}`)} · <Said>{channel.to}</Said>
                </ObjectRow>
              ))}
            </ObjectList>
          )
        }
      </Loaded>
      <ProblemAlert error={test.error} />
      {test.data !== undefined && (
        <p role="status">
          <strong>
            <Said>{test.variables.params.name}</Said>
          </strong>{' '}
          <DeliveryBadge state={test.data.state} />{' '}
          {test.data.problem !== null && <Said>{test.data.problem}</Said>}
        </p>
      )}
    </Card>
  );
}
