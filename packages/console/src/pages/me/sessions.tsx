import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { read, useChange } from '../../api/queries.ts';
import { Ago } from '../../ui/ago.tsx';
import { Badge } from '../../ui/badge.tsx';
import { browserName } from '../../ui/browser-name.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { inert } from '../../ui/inert.ts';
import { Loaded } from '../../ui/loaded.tsx';
import { Card } from '../../ui/page.tsx';
import { Said } from '../../ui/said.tsx';
import classes from './me.module.css';

/** Where one is signed in, and the way out of all of it. */
export function Sessions() {
  const { t } = useTranslation();
  const client = useClient();
  const sessions = useQuery(read(client, 'GET /api/sessions'));
  const everywhere = useChange('DELETE /api/sessions', []);
  return (
    <Card
      title={t('me.sessions')}
      actions={
        <Confirm
          action={t('me.everywhere')}
          isDangerous
          run={() => everywhere.mutateAsync({}).then(() => globalThis.location.assign('/sign-in'))}
        >
          {t('me.everywhereMeans')}
        </Confirm>
      }
    >
      <Loaded query={sessions}>
        {({ items }) => (
          <ul className={classes['list']}>
            {items.map((session) => (
              <li key={session.id}>
                <span>
                  <Browser userAgent={session.userAgent} /> · <Said>{session.address}</Said> ·{' '}
                  <Ago at={session.lastSeenAt} />
                </span>
                {session.current ? (
                  <Badge tone="well">{t('me.thisOne')}</Badge>
                ) : (
                  <End id={session.id} />
                )}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Card>
  );
}

/** In words, where it is a browser; as it called itself, for whoever points at it. */
function Browser({ userAgent }: { readonly userAgent: string }) {
  const { t } = useTranslation();
  const told = browserName(userAgent);
  if (told === undefined) return <Said>{userAgent === '' ? t('me.unnamed') : userAgent}</Said>;
  const { browser, system } = told;
  return (
    <strong title={inert(userAgent)}>
      {system === undefined ? browser : t('me.browserOn', { browser, system })}
    </strong>
  );
}

function End({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const end = useChange('DELETE /api/sessions/{id}', ['GET /api/sessions']);
  return (
    <Confirm action={t('me.end')} size="compact-sm" run={() => end.mutateAsync({ params: { id } })}>
      {t('me.endMeans')}
    </Confirm>
  );
}
