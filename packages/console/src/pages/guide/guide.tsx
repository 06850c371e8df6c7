import { Anchor, Button } from '@mantine/core';
import { IconCircleCheck, IconCircleDashed } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { useEvent } from '../../api/live.ts';
import { read, useChange } from '../../api/queries.ts';
import type { Overview } from '../../api/types.ts';
import { heldKey, holdKey } from '../../app/held-key.ts';
import { useMayMakeKeys } from '../../app/session.ts';
import { Secret, Snippet } from '../../ui/copy.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Card, Page } from '../../ui/page.tsx';
import { ProblemAlert } from '../../ui/problem.tsx';
import { curlLine, dialects } from '../playground/dialects.ts';
import classes from './guide.module.css';

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
  const { setUp, gatewayUrl, routes } = overview;
  const model = routes.find(({ kind }) => kind === 'model')?.name ?? 'MODEL';
  const { path, body } = dialects['openai-chat'];
  const request = JSON.stringify(body(model, 'Hello!', false));
  return (
    <>
      <Step title={t('guide.provider')} isDone={setUp.hasOwnProvider}>
        <p>{t('guide.providerHelp')}</p>
        <Snippet text={providerExample} label={t('guide.copyExample')} />
        <p>{t('guide.providerToy')}</p>
      </Step>
      <Step title={t('guide.model')} isDone={setUp.hasModel}>
        <p>{t('guide.modelHelp')}</p>
      </Step>
      <Step title={t('guide.key')} isDone={setUp.hasKey}>
        <p>{t('guide.keyHelp')}</p>
        <MakeKey />
      </Step>
      <Step title={t('guide.call')} isDone={setUp.hasFirstCall}>
        <p>{t('guide.callHelp')}</p>
        <Snippet
          text={curlLine(gatewayUrl, path(model, false), request)}
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

function MakeKey() {
  const { t } = useTranslation();
  const mayMake = useMayMakeKeys();
  const create = useChange('POST /api/keys', ['GET /api/keys', 'GET /api/overview']);
  const secret = create.data?.secret ?? heldKey();
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
              { onSuccess: (made) => holdKey(made.secret) },
            )
          }
        >
          {t('guide.makeKey')}
        </Button>
      </div>
    </>
  );
}
