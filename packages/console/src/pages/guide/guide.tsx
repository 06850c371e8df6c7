import { Anchor, Button } from '@mantine/core';
import { IconCircleCheck, IconCircleDashed } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { useEvent } from '../../api/live.ts';
import { read, useChange } from '../../api/queries.ts';
import type { Overview } from '../../api/types.ts';
import { heldKey, holdKey } from '../../app/held-key.ts';
import { useMayMakeKeys, useMayOperate } from '../../app/session.ts';
import { Secret, Snippet } from '../../ui/copy.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Card, Page } from '../../ui/page.tsx';
import { ProblemAlert } from '../../ui/problem.tsx';
import { curlLine, dialects } from '../playground/dialects.ts';
import { AddModel } from '../providers/add-model.tsx';
import { AddProvider } from '../providers/add-provider.tsx';
import classes from './guide.module.css';
import { Next } from './next.tsx';

/** From nothing to a first call, step by step; each step says by itself when it is done. */
export function GuidePage() {
  const { t } = useTranslation();
  const client = useClient();
  const overview = useQuery({ ...read(client, 'GET /api/overview'), refetchInterval: 3000 });
  useEvent('request', () => void overview.refetch());
  return (
    <Page title={t('pages.guide')} lead={t('guide.lead')}>
      <Loaded query={overview}>{(told) => <Steps overview={told} />}</Loaded>
    </Page>
  );
}

function Steps({ overview }: { readonly overview: Overview }) {
  const { t } = useTranslation();
  const client = useClient();
  const mayOperate = useMayOperate();
  const providers = useQuery(read(client, 'GET /api/providers'));
  const { setUp, gatewayUrl, routes } = overview;
  const model = routes.find(({ kind }) => kind === 'model')?.name ?? 'MODEL';
  const { path, body } = dialects['openai-chat'];
  const request = JSON.stringify(body(model, 'Hello!', false));
  const [secret, setSecret] = useState(heldKey);
  const line = curlLine(gatewayUrl, path(model, false), request);
  return (
    <>
      <Step title={t('guide.provider')} isDone={setUp.hasOwnProvider}>
        <p>{t('guide.providerHelp')}</p>
        {mayOperate && (
          <div>
            <AddProvider />
          </div>
        )}
        <p>{t('guide.providerToy')}</p>
        <details>
          <summary>{t('guide.byFile')}</summary>
          <p>{t('guide.byFileHelp')}</p>
          <Snippet text={providerExample} label={t('guide.copyExample')} />
        </details>
      </Step>
      <Step title={t('guide.model')} isDone={setUp.hasModel}>
        <p>{t('guide.modelHelp')}</p>
        {mayOperate && (
          <div>
            <AddModel providers={providers.data?.items ?? []} />
          </div>
        )}
      </Step>
      <Step title={t('guide.key')} isDone={setUp.hasKey}>
        <p>{t('guide.keyHelp')}</p>
        <MakeKey
          secret={secret}
          keep={(made) => {
            holdKey(made);
            setSecret(made);
          }}
        />
      </Step>
      <Step title={t('guide.call')} isDone={setUp.hasFirstCall}>
        <p>{t('guide.callHelp')}</p>
        <Snippet
          text={secret === '' ? line : `export VITALGATE_KEY=${secret}\n${line}`}
          label={t('requests.copyCurl')}
        />
        <p>
          <Anchor component={Link} to="/playground">
            {t('guide.orHere')}
          </Anchor>
        </p>
      </Step>
      {setUp.hasFirstCall && (
        <p role="status">
          {t('guide.done')} <Link to="/requests">{t('guide.look')}</Link>
        </p>
      )}
      <Next />
    </>
  );
}

const providerExample = `providers:
  - name: openai
    dialect: openai-chat
    baseUrl: https://api.openai.com/v1
    credentials: [{ name: main, value: "\${OPENAI_API_KEY}" }]
models:
  - name: chat
    targets:
      - { provider: openai, model: gpt-4.1-mini }`;

interface StepProps {
  readonly title: string;
  readonly isDone: boolean;
  readonly children: ReactNode;
}

function Step({ title, isDone, children }: StepProps) {
  const { t } = useTranslation();
  return (
    <Card
      title={
        <span className={classes['title']}>
          {isDone ? (
            <IconCircleCheck size={20} className={classes['done']} aria-label={t('guide.isDone')} />
          ) : (
            <IconCircleDashed size={20} aria-label={t('guide.isOpen')} />
          )}
          {title}
        </span>
      }
    >
      <div className={classes['step']}>{children}</div>
    </Card>
  );
}

interface MakeKeyProps {
  /** Empty while there is none that is known here. */
  readonly secret: string;
  readonly keep: (secret: string) => void;
}

function MakeKey({ secret, keep }: MakeKeyProps) {
  const { t } = useTranslation();
  const mayMake = useMayMakeKeys();
  const create = useChange('POST /api/keys', ['GET /api/keys', 'GET /api/overview']);
  if (!mayMake) return null;
  if (secret !== '') {
    return (
      <>
        <p>{t('keys.secretHelp')}</p>
        <Secret text={secret} label={t('keys.copySecret')} />
      </>
    );
  }
  return (
    <>
      <ProblemAlert error={create.error} />
      <div>
        <Button
          loading={create.isPending}
          onClick={() =>
            create.mutate(
              { body: { name: `first-${Date.now().toString(36)}` } },
              { onSuccess: (made) => keep(made.secret) },
            )
          }
        >
          {t('guide.makeKey')}
        </Button>
      </div>
    </>
  );
}
