import { Group, NativeSelect, Switch, Tabs, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { read } from '../../api/queries.ts';
import { heldKey, holdKey } from '../../app/held-key.ts';
import { chosen, oneOf } from '../../app/search.ts';
import { Snippet } from '../../ui/copy.tsx';
import { Card, Page } from '../../ui/page.tsx';
import { inert } from '../../ui/inert.ts';
import { Asking, KeyField } from './asking.tsx';
import { curlLine, dialectNames, dialects } from './dialects.ts';
import { usePlay } from './play.ts';

const route = getRouteApi('/inside/playground');

/** Talks to a model as a client would, and shows everything about it. */
export function PlaygroundPage() {
  const { t } = useTranslation();
  const client = useClient();
  const navigate = route.useNavigate();
  const search = route.useSearch();
  const overview = useQuery(read(client, 'GET /api/overview'));
  const models = (overview.data?.routes ?? [])
    .filter(({ kind }) => kind === 'model')
    .map(({ name }) => name);
  const { dialect: name = 'openai-chat', model = models[0] ?? '', whole: isWhole = false } = search;
  const dialect = dialects[name];
  const [key, setKey] = useState(heldKey);
  const [text, setText] = useState<string>(t('playground.example'));
  const play = usePlay();

  const path = dialect.path(model, !isWhole);
  const body = JSON.stringify(dialect.body(model, text, !isWhole), null, 2);
  const url = overview.data?.gatewayUrl ?? '';
  const set = (changed: Readonly<Record<string, unknown>>) =>
    void navigate({ search: (old) => chosen({ ...old, ...changed }), replace: true });
  const submit = (): void => {
    holdKey(key);
    void play.send({ path, key, body }, dialect);
  };

  return (
    <Page title={t('pages.playground')} lead={t('playground.lead')}>
      <Asking title={t('playground.ask')} play={play} isIncomplete={model === ''} onSend={submit}>
        <Group grow>
          <NativeSelect
            label={t('playground.dialect')}
            value={name}
            data={dialectNames.map((value) => ({ value, label: dialects[value].label }))}
            onChange={(event) => set({ dialect: oneOf(dialectNames, event.currentTarget.value) })}
          />
          <NativeSelect
            label={t('playground.model')}
            value={model}
            data={(models.includes(model) ? models : [model, ...models]).map((value) => ({
              value,
              label: inert(value),
            }))}
            onChange={(event) => set({ model: event.currentTarget.value })}
          />
        </Group>
        <KeyField value={key} onChange={setKey} />
        <Textarea
          label={t('playground.text')}
          required
          rows={5}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Switch
          label={t('playground.stream')}
          checked={!isWhole}
          onChange={(event) => set({ whole: event.currentTarget.checked ? undefined : true })}
        />
      </Asking>
      <Card title={t('playground.same')}>
        <Tabs defaultValue="curl">
          <Tabs.List mb="sm">
            <Tabs.Tab value="curl">curl</Tabs.Tab>
            <Tabs.Tab value="sdk">{t('playground.sdk')}</Tabs.Tab>
            <Tabs.Tab value="body">{t('playground.body')}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="curl">
            <Snippet text={curlLine(url, path, body)} label={t('requests.copyCurl')} />
          </Tabs.Panel>
          <Tabs.Panel value="sdk">
            <Snippet text={dialect.sdk(url, model, text)} label={t('playground.copySdk')} />
          </Tabs.Panel>
          <Tabs.Panel value="body">
            <Snippet text={body} label={t('playground.copyBody')} />
          </Tabs.Panel>
        </Tabs>
      </Card>
    </Page>
  );
}
