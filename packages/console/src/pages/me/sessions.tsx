import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { read, useChange } from '../../api/queries.ts';
import { Ago } from '../../ui/ago.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Confirm } from '../../ui/confirm.tsx';
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
          error={everywhere.error}
          isRunning={everywhere.isPending}
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
                  <Said>{session.userAgent}</Said> · {session.address} ·{' '}
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

function End({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const end = useChange('DELETE /api/sessions/{id}', ['GET /api/sessions']);
  return (
    <Confirm
      action={t('me.end')}
      size="compact-sm"
      error={end.error}
      isRunning={end.isPending}
      run={() => end.mutateAsync({ params: { id } })}
    >
      {t('me.endMeans')}
    </Confirm>
  );
}
