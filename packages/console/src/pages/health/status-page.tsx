import { Button, Stack, Switch, TagsInput, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { read, useChange } from '../../api/queries.ts';
import type { StatusPage } from '../../api/types.ts';
import { useDraft } from '../../ui/draft.ts';
import { Loaded } from '../../ui/loaded.tsx';
import { Card } from '../../ui/page.tsx';
import { ProblemAlert } from '../../ui/problem.tsx';
import { Said } from '../../ui/said.tsx';

/** What the public is shown, if anything. */
export function StatusPageEditor() {
  const { t } = useTranslation();
  const client = useClient();
  const settings = useQuery(read(client, 'GET /api/status-page'));
  return (
    <Card title={t('health.statusPage')}>
      <Loaded query={settings}>{(told) => <Form settings={told} />}</Loaded>
    </Card>
  );
}

const begun = ({ enabled, title, routes }: StatusPage) => ({
  enabled,
  title,
  routes: routes ?? [],
});

function Form({ settings }: { readonly settings: StatusPage }) {
  const { t } = useTranslation();
  const { draft, version, change: set, reset } = useDraft(settings, begun);
  const { enabled, title, routes } = draft;
  const change = useChange('PUT /api/status-page', ['GET /api/status-page']);
  if (settings.managedBy === 'file') return <p>{t('common.managedByFile')}</p>;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate(
          {
            ifMatch: version,
            body: { enabled, title, routes: routes.length === 0 ? null : routes },
          },
          { onSuccess: reset },
        );
      }}
    >
      <Stack maw={480}>
        <Switch
          label={t('health.pageOn')}
          checked={enabled}
          onChange={(event) => set({ ...draft, enabled: event.currentTarget.checked })}
        />
        <TextInput
          label={t('health.pageTitle')}
          required
          value={title}
          onChange={(event) => set({ ...draft, title: event.currentTarget.value })}
        />
        <TagsInput
          label={t('health.pageRoutes')}
          placeholder={routes.length === 0 ? t('common.all') : ''}
          value={routes}
          onChange={(chosen) => set({ ...draft, routes: chosen })}
        />
        {settings.url !== null && (
          <a href={settings.url} target="_blank" rel="noreferrer">
            <Said>{settings.url}</Said>
          </a>
        )}
        <ProblemAlert error={change.error} />
        <div>
          <Button type="submit" variant="default" loading={change.isPending}>
            {t('common.save')}
          </Button>
        </div>
      </Stack>
    </form>
  );
}
