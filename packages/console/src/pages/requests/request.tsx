import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { read } from '../../api/queries.ts';
import { useMayOperate } from '../../app/session.ts';
import { CopyButton, Snippet } from '../../ui/copy.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Card, Page } from '../../ui/page.tsx';
import { Said } from '../../ui/said.tsx';
import { ReceiptView } from './receipt.tsx';
import { WhatWasSaid } from './said.tsx';

const route = getRouteApi('/inside/requests/$id');

/** One request from its arrival to its end. */
export function RequestPage() {
  const { t } = useTranslation();
  const client = useClient();
  const params = route.useParams();
  const mayOperate = useMayOperate();
  const receipt = useQuery(read(client, 'GET /api/requests/{id}', { params }));
  const replay = useQuery(read(client, 'GET /api/requests/{id}/replay', { params }));
  return (
    <Page
      title={t('requests.receipt')}
      lead={
        <>
          <Link to="/requests">{t('requests.back')}</Link> ·{' '}
          <span className="mono">
            <Said>{params.id}</Said>
          </span>{' '}
          <CopyButton text={params.id} label={t('requests.copyId')} />
        </>
      }
    >
      <Loaded query={receipt}>{(told) => <ReceiptView receipt={told} />}</Loaded>
      {mayOperate && <WhatWasSaid key={params.id} id={params.id} />}
      {replay.data !== undefined && (
        <Card title={t('requests.replay')}>
          <p>{t('requests.replayHelp')}</p>
          <Snippet text={replay.data.curl} label={t('requests.copyCurl')} />
        </Card>
      )}
    </Page>
  );
}
