import { Button, SegmentedControl, Stack, Table, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { read, useChange } from '../../api/queries.ts';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Card, Page } from '../../ui/page.tsx';
import { ProblemAlert } from '../../ui/problem.tsx';
import { Said } from '../../ui/said.tsx';
import { Sideways } from '../../ui/sideways.tsx';
import { Empty } from '../../ui/states.tsx';
import { Findings } from './findings.tsx';

const directions = ['input', 'output'] as const;
const toneOfAction: Record<'flag' | 'redact' | 'block', Tone> = {
  flag: 'probing',
  redact: 'impaired',
  block: 'failed',
};

/** The rules over what is asked and answered, and what they would make of a text. */
export function GuardrailsPage() {
  const { t } = useTranslation();
  const client = useClient();
  const guardrails = useQuery(read(client, 'GET /api/guardrails'));
  return (
    <Page title={t('pages.guardrails')} lead={t('guardrails.lead')}>
      <Card title={t('guardrails.try')}>
        <TryIt />
      </Card>
      <Card title={t('guardrails.rules')}>
        <Loaded query={guardrails}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title={t('guardrails.none')}>{t('guardrails.noneHelp')}</Empty>
            ) : (
              <Sideways label={t('guardrails.rules')}>
                <Table>
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>{t('common.name')}</Table.Th>
                      <Table.Th>{t('guardrails.action')}</Table.Th>
                      <Table.Th>{t('guardrails.onError')}</Table.Th>
                      <Table.Th>{t('guardrails.settings')}</Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {items.map((one) => (
                      <Table.Tr key={one.name}>
                        <Table.Td>{one.name}</Table.Td>
                        <Table.Td>
                          <Badge tone={toneOfAction[one.action]}>
                            {t(`guardrails.actions.${one.action}`)}
                          </Badge>
                        </Table.Td>
                        <Table.Td>{t(`guardrails.actions.${one.onError}`)}</Table.Td>
                        <Table.Td>
                          <code>
                            <Said>{JSON.stringify(one.settings)}</Said>
                          </code>
                        </Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              </Sideways>
            )
          }
        </Loaded>
      </Card>
    </Page>
  );
}

function TryIt() {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [direction, setDirection] = useState<(typeof directions)[number]>('input');
  // What was tried stays beside what came of it.
  const [tried, setTried] = useState('');
  const attempt = useChange('POST /api/guardrails/try', []);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        setTried(text);
        attempt.mutate({ body: { text, direction } });
      }}
    >
      <Stack>
        <Textarea
          label={t('guardrails.text')}
          description={t('guardrails.textHelp')}
          required
          rows={4}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <div>
          <SegmentedControl
            aria-label={t('guardrails.direction')}
            value={direction}
            data={directions.map((value) => ({
              value,
              label: t(`guardrails.directions.${value}`),
            }))}
            onChange={setDirection}
          />
        </div>
        <ProblemAlert error={attempt.error} />
        <div>
          <Button type="submit" loading={attempt.isPending}>
            {t('guardrails.try')}
          </Button>
        </div>
        {attempt.data !== undefined && <Findings text={tried} result={attempt.data} />}
      </Stack>
    </form>
  );
}
