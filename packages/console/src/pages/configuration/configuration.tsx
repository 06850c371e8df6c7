import { Alert, Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { read } from '../../api/queries.ts';
import type { Configuration } from '../../api/types.ts';
import { useMayOperate } from '../../app/session.ts';
import { Snippet } from '../../ui/copy.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Card, Page } from '../../ui/page.tsx';
import { Said } from '../../ui/said.tsx';
import { Empty } from '../../ui/states.tsx';
import { Editor } from './editor.tsx';
import { Versions } from './versions.tsx';

/** What is configured, here and in the file; what a change would change, before it does. */
export function ConfigurationPage() {
  const { t } = useTranslation();
  const client = useClient();
  const configuration = useQuery(read(client, 'GET /api/configuration'));
  return (
    <Page title={t('pages.configuration')} lead={t('configuration.lead')}>
      <Loaded query={configuration}>{(told) => <Shown configuration={told} />}</Loaded>
    </Page>
  );
}

function Shown({ configuration }: { readonly configuration: Configuration }) {
  const { t } = useTranslation();
  const mayOperate = useMayOperate();
  const { text, file, problem, waits } = configuration;
  return (
    <>
      {problem !== null && (
        <Alert color="red" title={t('now.configProblem')}>
          <Said>{problem}</Said>
        </Alert>
      )}
      {waits.length > 0 && (
        <Alert color="yellow" title={t('configuration.waits')}>
          {waits.join(', ')}
        </Alert>
      )}
      <Card>
        <Tabs defaultValue="console" keepMounted={false}>
          <Tabs.List mb="md">
            <Tabs.Tab value="console">{t('configuration.console')}</Tabs.Tab>
            <Tabs.Tab value="file">{t('configuration.file')}</Tabs.Tab>
            <Tabs.Tab value="versions">{t('configuration.versions')}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="console">
            {mayOperate ? (
              <Editor configuration={configuration} />
            ) : (
              <Snippet text={text} label={t('configuration.copy')} />
            )}
          </Tabs.Panel>
          <Tabs.Panel value="file">
            {file === null ? (
              <Empty title={t('configuration.noFile')} />
            ) : (
              <>
                <p>
                  <code>{file.path}</code> · {t('configuration.fileHelp')}
                </p>
                <Snippet text={file.text} label={t('configuration.copy')} />
              </>
            )}
          </Tabs.Panel>
          <Tabs.Panel value="versions">
            <Versions mayRestore={mayOperate} />
          </Tabs.Panel>
        </Tabs>
      </Card>
    </>
  );
}
