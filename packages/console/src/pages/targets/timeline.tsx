import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { read } from '../../api/queries.ts';
import type { Why } from '../../api/types.ts';
import { Ago } from '../../ui/ago.tsx';
import { Badge, StateBadge } from '../../ui/badge.tsx';
import { formatDateTime } from '../../ui/format.ts';
import { Loaded } from '../../ui/loaded.tsx';
import { Card, Columns } from '../../ui/page.tsx';
import { Said } from '../../ui/said.tsx';
import { Empty } from '../../ui/states.tsx';
import classes from './targets.module.css';

/** What was seen last, and what became of the target by it. */
export function Timeline({ why }: { readonly why: Why }) {
  const { t } = useTranslation();
  const client = useClient();
  const params = { id: why.target.id };
  const history = useQuery({
    ...read(client, 'GET /api/targets/{id}/history', { params }),
    refetchInterval: 15_000,
  });
  return (
    <Columns>
      <Card title={t('targets.failuresSeen')}>
        {why.failures.length === 0 ? (
          <Empty title={t('targets.noFailures')} />
        ) : (
          <ol className={classes['timeline']}>
            {why.failures.map((failure) => (
              <li key={`${failure.at} ${failure.reason}`}>
                <span className={classes['when']} title={formatDateTime(failure.at)}>
                  <Ago at={failure.at} />
                </span>
                <Badge tone={failure.counted ? 'failed' : 'unknown'}>
                  {failure.fault ?? failure.source}
                </Badge>
                <span className={classes['what']}>
                  <Said>{failure.reason}</Said> · {failure.source}
                  {!failure.counted && ` · ${t('targets.notCounted')}`}
                </span>
              </li>
            ))}
          </ol>
        )}
      </Card>
      <Card title={t('targets.history')}>
        <Loaded query={history}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title={t('targets.noHistory')} />
            ) : (
              <ol className={classes['timeline']}>
                {items.map((change) => (
                  <li key={`${change.at} ${change.to}`}>
                    <span className={classes['when']} title={formatDateTime(change.at)}>
                      <Ago at={change.at} />
                    </span>
                    <StateBadge state={change.to} status="pass" />
                    <span className={classes['what']}>
                      {t('targets.before', { state: t(`state.${change.from}`) })} ·{' '}
                      <Said>{change.reason}</Said>
                    </span>
                  </li>
                ))}
              </ol>
            )
          }
        </Loaded>
      </Card>
    </Columns>
  );
}
