import { NativeSelect, TagsInput, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { BodyInput } from '@vitalgate/contract/api/client';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { read } from '../../api/queries.ts';
import type { Key } from '../../api/types.ts';
import { useSession } from '../../app/session.ts';
import { inert } from '../../ui/inert.ts';
import { LimitsField, toDraft, toLimit, type LimitDraft } from './limits-field.tsx';

/** What a key may, as the form holds it. */
export interface KeySettings {
  readonly owner: string;
  readonly team: string;
  readonly models: readonly string[];
  readonly ips: readonly string[];
  /** A day as the browser's field writes it, or nothing. */
  readonly expires: string;
  readonly limits: readonly LimitDraft[];
  readonly guardrails: readonly string[];
}

export const newSettings: KeySettings = {
  owner: '',
  team: '',
  models: [],
  ips: [],
  expires: '',
  limits: [],
  guardrails: [],
};

export const settingsOf = (key: Key): KeySettings => ({
  owner: key.owner ?? '',
  team: key.team ?? '',
  models: key.models ?? [],
  ips: key.ips ?? [],
  expires: key.expiresAt?.slice(0, 10) ?? '',
  limits: key.limits.map(toDraft),
  guardrails: key.guardrails,
});

/** Nothing chosen means no restriction, which the API calls null; no owner leaves it as it is. */
export const bodyOf = (settings: KeySettings): BodyInput<'PATCH /api/keys/{id}'> => ({
  ...(settings.owner === '' ? {} : { owner: settings.owner }),
  team: settings.team === '' ? null : settings.team,
  models: settings.models.length === 0 ? null : [...settings.models],
  ips: settings.ips.length === 0 ? null : [...settings.ips],
  expiresAt: settings.expires === '' ? null : `${settings.expires}T00:00:00Z`,
  limits: settings.limits.map(toLimit),
  guardrails: [...settings.guardrails],
});

interface KeySettingsFieldsProps {
  readonly value: KeySettings;
  readonly onChange: (value: KeySettings) => void;
}

export function KeySettingsFields({ value, onChange }: KeySettingsFieldsProps) {
  const { t } = useTranslation();
  const client = useClient();
  const teams = useQuery(read(client, 'GET /api/teams', { query: { limit: 200 } }));
  const overview = useQuery(read(client, 'GET /api/overview'));
  const { role } = useSession();
  const guardrails = useQuery({
    ...read(client, 'GET /api/guardrails'),
    enabled: role !== 'member',
  });
  const models = (overview.data?.routes ?? [])
    .filter(({ kind }) => kind === 'model')
    .map(({ name }) => name);
  return (
    <>
      <TextInput
        label={t('keys.owner')}
        description={t('keys.ownerHelp')}
        value={value.owner}
        onChange={(event) => onChange({ ...value, owner: event.currentTarget.value })}
      />
      <NativeSelect
        label={t('keys.team')}
        value={value.team}
        data={[
          { value: '', label: t('keys.noTeam') },
          ...(teams.data?.items ?? []).map(({ id, name }) => ({ value: id, label: inert(name) })),
        ]}
        onChange={(event) => onChange({ ...value, team: event.currentTarget.value })}
      />
      <TagsInput
        label={t('keys.models')}
        placeholder={value.models.length === 0 ? t('keys.allModels') : ''}
        data={models}
        value={[...value.models]}
        onChange={(chosen) => onChange({ ...value, models: chosen })}
      />
      <TagsInput
        label={t('keys.networks')}
        placeholder={value.ips.length === 0 ? t('keys.anyNetwork') : ''}
        value={[...value.ips]}
        onChange={(ips) => onChange({ ...value, ips })}
      />
      <TextInput
        label={t('keys.expires')}
        type="date"
        value={value.expires}
        onChange={(event) => onChange({ ...value, expires: event.currentTarget.value })}
      />
      <TagsInput
        label={t('keys.guardrails')}
        description={t('keys.guardrailsHelp')}
        data={(guardrails.data?.items ?? []).map(({ name }) => name)}
        value={[...value.guardrails]}
        onChange={(chosen) => onChange({ ...value, guardrails: chosen })}
      />
      <LimitsField value={value.limits} onChange={(limits) => onChange({ ...value, limits })} />
    </>
  );
}
