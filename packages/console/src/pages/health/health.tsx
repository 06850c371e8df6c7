import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { read } from '../../api/queries.ts';
import { useServed } from '../../api/served.ts';
import type { Uptime } from '../../api/types.ts';
import { useMayOperate } from '../../app/session.ts';
import { StatusBadge } from '../../ui/badge.tsx';
import { formatUptime } from '../../ui/format.ts';
import { Loaded } from '../../ui/loaded.tsx';
import { Card, Page } from '../../ui/page.tsx';
import { Empty } from '../../ui/states.tsx';
import classes from './health.module.css';
import { Incidents } from './incidents.tsx';
import { kinds } from './search.ts';
import { StatusPageEditor } from './status-page.tsx';
import { Said } from '../../ui/said.tsx';
import { inert } from '../../ui/inert.ts';

const route = getRouteApi('/inside/health');

/** How well it has been: by time, with what is not known told as such. */
export function HealthPage() {
  const { t } = useTranslation();
  const client = useClient();
  const navigate = route.useNavigate();
  const { kind = 'model' } = route.useSearch();
  const mayOperate = useMayOperate();
  const hasStatusPage = useServed()?.has('GET /api/status-page') !== false;
  const uptime = useQuery(read(client, 'GET /api/health/uptime', { query: { kind, days: 90 } }));
  return (
    <Page
      title={t('pages.health')}
      lead={t('health.lead')}
      actions={
        <SegmentedControl
          aria-label={t('health.kind')}
          value={kind}
          data={kinds.map((value) => ({ value, label: t(`health.kinds.${value}`) }))}
          onChange={(value) => void navigate({ search: { kind: value }, replace: true })}
        />
      }
    >
      <Card title={t('health.uptime')}>
        <Loaded query={uptime}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title={t('health.none')} />
            ) : (
              <div className={classes['rows']}>
                {items.map((one) => (
                  <Row key={one.name} uptime={one} />
                ))}
                <Legend />
              </div>
            )
          }
        </Loaded>
      </Card>
      <Incidents />
      {mayOperate && hasStatusPage && <StatusPageEditor />}
    </Page>
  );
}

const parts = ['up', 'degraded', 'down', 'unknown'] as const;

/** Ninety days side by side, each as high as its day was well. */
function Row({ uptime }: { readonly uptime: Uptime }) {
  const { t } = useTranslation();
  const { name, status, days, unknown } = uptime;
  const words = t('health.words', {
    uptime: uptime.uptime === null ? '–' : formatUptime(uptime.uptime),
    unknown: formatUptime(unknown),
  });
  return (
    <div>
      <div className={classes['head']}>
        <strong>
          <Said>{name}</Said>
        </strong>
        <StatusBadge status={status} />
        <span className={`${classes['words']} numeric`}>{words}</span>
      </div>
      <div className={classes['days']} role="img" aria-label={`${inert(name)}: ${words}`}>
        {days.map((day) => (
          <span
            key={day.day}
            className={classes['day']}
            title={t('health.day', {
              day: day.day,
              up: formatUptime(day.up),
              degraded: formatUptime(day.degraded),
              down: formatUptime(day.down),
              unknown: formatUptime(day.unknown),
            })}
          >
            {parts.map((part) => (
              <span
                key={part}
                className={`${classes[part]} drawn`}
                // What is small and bad must be seen.
                style={{ flexGrow: day[part], minHeight: day[part] > 0 && part !== 'up' ? 3 : 0 }}
              />
            ))}
          </span>
        ))}
      </div>
    </div>
  );
}

function Legend() {
  const { t } = useTranslation();
  return (
    <p className={classes['legend']}>
      {parts.map((part) => (
        <span key={part}>
          <span className={`${classes['mark']} ${classes[part]} drawn`} aria-hidden />{' '}
          {t(`health.parts.${part}`)}
        </span>
      ))}
    </p>
  );
}
