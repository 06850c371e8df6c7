import { Button, Group, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { read, useChange } from '../../api/queries.ts';
import type { Key } from '../../api/types.ts';
import { useMayMakeKeys } from '../../app/session.ts';
import { Ago } from '../../ui/ago.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { useDraft } from '../../ui/draft.ts';
import { formatDateTime } from '../../ui/format.ts';
import { Loaded } from '../../ui/loaded.tsx';
import { Fact, Facts } from '../../ui/page.tsx';
import { OverDrawer } from '../../ui/over.tsx';
import { ProblemAlert } from '../../ui/problem.tsx';
import { limitWords } from './limit-words.ts';
import { useSecret } from './secret.ts';
import { bodyOf, KeySettingsFields, settingsOf } from './settings.tsx';
import { KeyStatusBadge } from './status-badge.tsx';
import { Said } from '../../ui/said.tsx';
import { ShownOnce } from '../../ui/shown-once.tsx';

const touched = ['GET /api/keys', 'GET /api/keys/{id}', 'GET /api/limits'] as const;

interface KeyDrawerProps {
  readonly id: string | undefined;
  readonly close: () => void;
}

export function KeyDrawer({ id, close }: KeyDrawerProps) {
  const { t } = useTranslation();
  return (
    <OverDrawer
      opened={id !== undefined}
      onClose={close}
      position="right"
      size="lg"
      title={t('keys.details')}
    >
      {id !== undefined && <Details key={id} id={id} />}
    </OverDrawer>
  );
}

function Details({ id }: { readonly id: string }) {
  const client = useClient();
  const key = useQuery(read(client, 'GET /api/keys/{id}', { params: { id } }));
  return <Loaded query={key}>{(told) => <KeyDetails value={told} />}</Loaded>;
}

function KeyDetails({ value }: { readonly value: Key }) {
  const { t } = useTranslation();
  const mayMake = useMayMakeKeys();
  const isOurs = value.managedBy === 'console' && value.status === 'active' && mayMake;
  const at = (when: string | null) => (when === null ? '–' : formatDateTime(when));
  return (
    <Stack>
      <Facts>
        <Fact label={t('common.name')}>
          <Said>{value.name}</Said>
        </Fact>
        <Fact label={t('keys.status')}>
          <KeyStatusBadge status={value.status} />
        </Fact>
        <Fact label={t('keys.owner')}>
          <Said>{value.owner ?? '–'}</Said>
        </Fact>
        <Fact label={t('keys.models')}>
          <Said>{value.models?.join(', ') ?? t('common.all')}</Said>
        </Fact>
        <Fact label={t('keys.networks')}>
          <Said>{value.ips?.join(', ') ?? t('keys.everyNetwork')}</Said>
        </Fact>
        <Fact label={t('keys.limits')}>
          {value.limits.map(limitWords).join(' · ') || t('common.none')}
        </Fact>
        <Fact label={t('keys.guardrails')}>
          <Said>{value.guardrails.join(', ') || t('common.none')}</Said>
        </Fact>
        <Fact label={t('keys.created')}>{at(value.createdAt)}</Fact>
        <Fact label={t('keys.expires')}>
          {value.expiresAt === null ? t('keys.never') : formatDateTime(value.expiresAt)}
        </Fact>
        <Fact label={t('keys.lastUsed')}>
          {value.lastUsedAt === null ? t('keys.never') : <Ago at={value.lastUsedAt} />}
        </Fact>
      </Facts>
      <Link to="/requests" search={{ key: value.id }}>
        {t('keys.requests')}
      </Link>
      {value.managedBy === 'file' && <p>{t('common.managedByFile')}</p>}
      {isOurs && <Actions value={value} />}
    </Stack>
  );
}

function Actions({ value }: { readonly value: Key }) {
  const { t } = useTranslation();
  const params = { id: value.id };
  const rotate = useChange('POST /api/keys/{id}/rotate', touched);
  const revoke = useChange('POST /api/keys/{id}/revoke', touched);
  const secret = useSecret()(rotate.data?.secret);
  return (
    <>
      <Group>
        <Confirm
          action={t('keys.rotate')}
          of={value.name}
          run={() => rotate.mutateAsync({ params, body: { graceMs: 3_600_000 } })}
        >
          {t('keys.rotateMeans')}
        </Confirm>
        <Confirm
          action={t('keys.revoke')}
          of={value.name}
          isDangerous
          run={() => revoke.mutateAsync({ params })}
        >
          {t('keys.revokeMeans')}
        </Confirm>
      </Group>
      {secret !== undefined && <ShownOnce once={secret} isOpen close={rotate.reset} />}
      <EditKey value={value} />
    </>
  );
}

function EditKey({ value }: { readonly value: Key }) {
  const { t } = useTranslation();
  const { draft: settings, version, change: setSettings, reset } = useDraft(value, settingsOf);
  const change = useChange('PATCH /api/keys/{id}', touched);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate(
          { params: { id: value.id }, ifMatch: version, body: bodyOf(settings) },
          { onSuccess: reset },
        );
      }}
    >
      <Stack>
        <KeySettingsFields value={settings} onChange={setSettings} />
        <ProblemAlert error={change.error} />
        <Group>
          <Button type="submit" loading={change.isPending}>
            {t('common.save')}
          </Button>
          {change.isSuccess && <span role="status">{t('common.saved')}</span>}
        </Group>
      </Stack>
    </form>
  );
}
