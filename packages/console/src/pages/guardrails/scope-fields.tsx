import { SegmentedControl, TagsInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { read } from '../../api/queries.ts';
import { Labelled } from '../../ui/labelled.tsx';
import { scopes, type Draft, type Scope } from './draft.ts';

const names = (query: { data: { items: readonly { name: string }[] } | undefined }): string[] =>
  query.data?.items.map(({ name }) => name) ?? [];

interface ScopeFieldsProps {
  readonly draft: Draft;
  readonly set: (part: Partial<Draft>) => void;
}

/** Where a guardrail holds: everywhere, or for what is named here and what names it. */
export function ScopeFields({ draft, set }: ScopeFieldsProps) {
  const { t } = useTranslation();
  const client = useClient();
  const page = { query: { limit: 200 } } as const;
  const known: Readonly<Record<Scope, readonly string[]>> = {
    models: names(useQuery(read(client, 'GET /api/models'))),
    apis: names(useQuery(read(client, 'GET /api/apis'))),
    prompts: [],
    teams: names(useQuery(read(client, 'GET /api/teams', page))),
    keys: names(useQuery(read(client, 'GET /api/keys', page))),
  };
  const { appliesTo, scopes: chosen } = draft;
  return (
    <>
      <Labelled label={t('guardrails.appliesTo')} help={t(`guardrails.appliesHelp.${appliesTo}`)}>
        <SegmentedControl
          aria-label={t('guardrails.appliesTo')}
          value={appliesTo}
          data={(['all', 'named'] as const).map((value) => ({
            value,
            label: t(`guardrails.applies.${value}`),
          }))}
          onChange={(to) => set({ appliesTo: to })}
        />
      </Labelled>
      {appliesTo === 'named' &&
        scopes.map((scope) => (
          <TagsInput
            key={scope}
            label={t(`guardrails.scopes.${scope}`)}
            data={[...known[scope]]}
            value={[...chosen[scope]]}
            onChange={(value) => set({ scopes: { ...chosen, [scope]: value } })}
          />
        ))}
    </>
  );
}
