import { Tabs, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { read } from '../../api/queries.ts';
import type { Prompt } from '../../api/types.ts';
import { heldKey, holdKey } from '../../app/held-key.ts';
import { Snippet } from '../../ui/copy.tsx';
import { inert } from '../../ui/inert.ts';
import { Card } from '../../ui/page.tsx';
import { Said, SaidBlock } from '../../ui/said.tsx';
import { Asking, KeyField } from '../playground/asking.tsx';
import { curlLine } from '../playground/dialects.ts';
import { usePlay } from '../playground/play.ts';
import { exampleOf } from './example.ts';

const pretty = (value: unknown): string => JSON.stringify(value, null, 2);
/** What it answers is a document: all of it is shown. */
const document = { textOf: () => '' };

/** One version of a prompt: called as its callers call it, and described as they are told. */
export function PromptView({ prompt }: { readonly prompt: Prompt }) {
  const { t } = useTranslation();
  const client = useClient();
  const overview = useQuery(read(client, 'GET /api/overview'));
  const [key, setKey] = useState(heldKey);
  const [variables, setVariables] = useState(() => pretty(exampleOf(prompt.input)));
  const play = usePlay();
  const [path = ''] = prompt.paths;
  const { description, input, output, openapi } = prompt;
  return (
    <>
      {description !== null && (
        <p>
          <Said>{description}</Said>
        </p>
      )}
      <Asking
        title={`${t('prompts.try')}: ${inert(prompt.id)}`}
        play={play}
        onSend={() => {
          holdKey(key);
          void play.send({ path, key, body: variables }, document);
        }}
      >
        <Textarea
          label={t('prompts.variables')}
          required
          rows={8}
          value={variables}
          onChange={(event) => setVariables(event.currentTarget.value)}
        />
        <KeyField value={key} onChange={setKey} />
      </Asking>
      <Card title={t('prompts.openapi')}>
        <Tabs defaultValue="openapi" keepMounted={false}>
          <Tabs.List mb="sm">
            <Tabs.Tab value="openapi">{t('prompts.openapi')}</Tabs.Tab>
            <Tabs.Tab value="input">{t('prompts.input')}</Tabs.Tab>
            <Tabs.Tab value="output">{t('prompts.output')}</Tabs.Tab>
            <Tabs.Tab value="curl">curl</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="openapi">
            <Snippet text={pretty(openapi)} label={t('prompts.copyOpenapi')} />
          </Tabs.Panel>
          <Tabs.Panel value="input">
            <SaidBlock text={pretty(input)} label={t('prompts.input')} />
          </Tabs.Panel>
          <Tabs.Panel value="output">
            <SaidBlock text={pretty(output ?? { text: '…' })} label={t('prompts.output')} />
          </Tabs.Panel>
          <Tabs.Panel value="curl">
            <Snippet
              text={curlLine(overview.data?.gatewayUrl ?? '', path, variables)}
              label={t('requests.copyCurl')}
            />
          </Tabs.Panel>
        </Tabs>
      </Card>
    </>
  );
}
