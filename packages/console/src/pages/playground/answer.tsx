import { Stack, Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { read } from '../../api/queries.ts';
import { Badge } from '../../ui/badge.tsx';
import { formatMs } from '../../ui/format.ts';
import { Loaded } from '../../ui/loaded.tsx';
import { Fact, Facts } from '../../ui/page.tsx';
import { Said, SaidBlock } from '../../ui/said.tsx';
import { Waterfall } from '../requests/waterfall.tsx';
import type { Played } from './play.ts';

interface AnswerViewProps {
  readonly played: Played;
  /** More may come. */
  readonly isPending: boolean;
}

/** What comes back, as it comes: the text, the bytes, the header fields, and what it took. */
export function AnswerView({ played, isPending }: AnswerViewProps) {
  const { t } = useTranslation();
  const { text, wire, timed, pieces, atMs, end } = played;
  const { status, headers } = played.head;
  const isBroken = !isPending && end?.complete !== true;
  const tookMs = end?.totalMs ?? atMs;
  const id = headers['x-request-id'];
  return (
    <Stack aria-busy={isPending}>
      <div>
        <Badge tone={status < 400 && !isBroken ? 'well' : 'failed'}>{status}</Badge>{' '}
        {tookMs !== undefined && `${formatMs(tookMs)} · `}
        {t('playground.pieces', { count: pieces })}
        {isPending && ` · ${t('playground.coming')}`}
        {isBroken && ` · ${t('playground.incomplete')}`}
      </div>
      <Tabs defaultValue="text" keepMounted={false}>
        <Tabs.List mb="sm">
          <Tabs.Tab value="text">{t('playground.text')}</Tabs.Tab>
          <Tabs.Tab value="wire">{t('playground.wire')}</Tabs.Tab>
          <Tabs.Tab value="headers">{t('playground.headers')}</Tabs.Tab>
          {id !== undefined && !isPending && (
            <Tabs.Tab value="receipt">{t('requests.receipt')}</Tabs.Tab>
          )}
        </Tabs.List>
        <Tabs.Panel value="text">
          <SaidBlock text={text || wire} label={t('playground.text')} />
        </Tabs.Panel>
        <Tabs.Panel value="wire">
          <SaidBlock text={timed} label={t('playground.wire')} />
        </Tabs.Panel>
        <Tabs.Panel value="headers">
          <Facts>
            {Object.entries(headers).map(([name, value]) => (
              <Fact key={name} label={name}>
                <Said>{value}</Said>
              </Fact>
            ))}
          </Facts>
        </Tabs.Panel>
        {id !== undefined && !isPending && (
          <Tabs.Panel value="receipt">
            <OwnReceipt id={id} />
          </Tabs.Panel>
        )}
      </Tabs>
    </Stack>
  );
}

/** It is written a moment after the answer has ended. */
function OwnReceipt({ id }: { readonly id: string }) {
  const client = useClient();
  const receipt = useQuery({
    ...read(client, 'GET /api/requests/{id}', { params: { id } }),
    retry: 5,
    retryDelay: 300,
  });
  return <Loaded query={receipt}>{(told) => <Waterfall receipt={told} />}</Loaded>;
}
