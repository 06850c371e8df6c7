import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ApiError, type Answer } from '@vitalgate/contract/api/client';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { read } from '../../api/queries.ts';
import { formatDateTime } from '../../ui/format.ts';
import { Card } from '../../ui/page.tsx';
import { ProblemAlert } from '../../ui/problem.tsx';
import { SaidBlock } from '../../ui/said.tsx';

/** What was asked and answered, for operators, once they ask for it: each look is in the audit log. */
export function WhatWasSaid({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const client = useClient();
  const asked = read(client, 'GET /api/requests/{id}/capture', { params: { id } });
  // Neither looked at again nor left lying about: who closes the page has to ask anew.
  const capture = useQuery({ ...asked, enabled: false, retry: false, gcTime: 0 });
  const isNotKept = capture.error instanceof ApiError && capture.error.problem.code === 'not_found';
  return (
    <Card title={t('requests.said')}>
      {capture.data === undefined && (
        <>
          <p>{t('requests.saidHelp')}</p>
          <Button
            variant="default"
            loading={capture.isFetching}
            onClick={() => void capture.refetch()}
          >
            {t('requests.showSaid')}
          </Button>
          {isNotKept ? (
            <p role="status">{t('requests.notKept')}</p>
          ) : (
            <ProblemAlert error={capture.error} />
          )}
        </>
      )}
      {capture.data !== undefined && <Kept capture={capture.data} />}
    </Card>
  );
}

function Kept({ capture }: { readonly capture: Answer<'GET /api/requests/{id}/capture'> }) {
  const { t } = useTranslation();
  const { at, request, answer, redacted } = capture;
  const sides = [
    ['asked', request],
    ['answered', answer],
  ] as const;
  return (
    <>
      <p>
        {t('requests.keptAt', { at: formatDateTime(at) })}{' '}
        {redacted.length > 0 && t('requests.redacted', { names: redacted.join(', ') })}
      </p>
      {sides.map(([side, text]) => (
        <section key={side}>
          <h3>{t(`requests.${side}`)}</h3>
          {text === null ? (
            <p>{t('requests.sideNotKept')}</p>
          ) : (
            <SaidBlock text={text} label={t(`requests.${side}`)} />
          )}
        </section>
      ))}
    </>
  );
}
