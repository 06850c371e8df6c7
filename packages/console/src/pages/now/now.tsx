import { Anchor, Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { useLive } from '../../api/live.ts';
import { read } from '../../api/queries.ts';
import type { Overview } from '../../api/types.ts';
import { formatCount, formatMs, formatShare, formatUsd } from '../../ui/format.ts';
import { Loaded } from '../../ui/loaded.tsx';
import { Card, Figure, Figures, Page } from '../../ui/page.tsx';
import { Said } from '../../ui/said.tsx';
import { Empty } from '../../ui/states.tsx';
import { RouteMap } from './map.tsx';
import { mostTelling } from './telling.ts';
import { Traffic } from './traffic.tsx';
import { Verdict } from './verdict.tsx';

/** How often what no event tells is asked again. */
const AGAIN_MS = 10_000;

/** Is it well? One screen. */
export function NowPage() {
  const { t } = useTranslation();
  const client = useClient();
  const overview = useQuery({ ...read(client, 'GET /api/overview'), refetchInterval: AGAIN_MS });
  return (
    <Page title={t('pages.now')}>
      <Loaded query={overview}>{(told) => <Now overview={told} />}</Loaded>
    </Page>
  );
}

function Now({ overview }: { readonly overview: Overview }) {
  const { t } = useTranslation();
  const { pulse, isConnected } = useLive();
  const { routes, targets, traffic, today, configProblem, ledgerRowsLost } = overview;
  const shownRoutes = mostTelling(routes);
  const shownTargets = mostTelling(targets);
  const left = routes.length - shownRoutes.length + targets.length - shownTargets.length;
  const errors = pulse?.errorRatio ?? traffic.errorRatio;
  const first = pulse?.firstTokenP50Ms ?? traffic.firstTokenP50Ms;
  return (
    <>
      <Verdict
        status={pulse?.status ?? overview.status}
        reasons={pulse?.reasons ?? overview.reasons}
        troubled={targets.filter(({ state }) => state !== 'serving')}
        uptime={overview.uptime}
        version={overview.version}
        isConnected={isConnected}
      />
      {configProblem !== null && (
        <Notice to="/configuration" title={t('now.configProblem')}>
          <Said>{configProblem}</Said>
        </Notice>
      )}
      {ledgerRowsLost > 0 && (
        <Notice to="/requests" title={t('now.ledgerLost', { count: ledgerRowsLost })} />
      )}
      {overview.openIncidents > 0 && (
        <Notice to="/health" title={t('now.incidents', { count: overview.openIncidents })} />
      )}
      {overview.firingAlerts > 0 && (
        <Notice to="/alerts" title={t('now.alerts', { count: overview.firingAlerts })} />
      )}
      <Figures>
        <Figure
          label={t('now.perSecond')}
          value={formatCount(pulse?.perSecond ?? traffic.perSecond)}
          note={t('now.lastFiveMinutes', { count: traffic.requests })}
        />
        <Figure
          label={t('now.errors')}
          value={formatShare(errors)}
          tone={errors === 0 ? undefined : errors < 0.02 ? 'impaired' : 'failed'}
          note={t('now.failed', {
            count: traffic.failed,
            refused: formatCount(traffic.refused),
          })}
          help={t('now.errorsHelp')}
        />
        <Figure
          label={t('now.firstToken')}
          value={first === null ? '–' : formatMs(first)}
          note={
            traffic.firstTokenP95Ms === null
              ? t('now.noStreams')
              : t('now.p95', { value: formatMs(traffic.firstTokenP95Ms) })
          }
        />
        <Figure
          label={t('now.inFlight')}
          value={formatCount(pulse?.inFlight ?? overview.inFlight)}
        />
        <Figure
          label={t('now.spendToday')}
          value={formatUsd(pulse?.spendToday ?? today.cost)}
          note={t('now.tokensToday', {
            value: formatCount(today.inputTokens + today.outputTokens),
          })}
        />
      </Figures>
      <Card
        title={t('now.map')}
        actions={
          <Anchor component={Link} to="/targets" size="sm">
            {t('now.allTargets')}
          </Anchor>
        }
      >
        {routes.length === 0 ? (
          <Empty title={t('now.noRoutes')} action={<GuideLink />}>
            {t('now.noRoutesHelp')}
          </Empty>
        ) : (
          <>
            <RouteMap routes={shownRoutes} targets={shownTargets} />
            {left > 0 && (
              <Text c="dimmed" size="sm" mt="sm">
                {t('now.notShown', { count: left })}
              </Text>
            )}
          </>
        )}
      </Card>
      <Traffic />
    </>
  );
}

function GuideLink() {
  const { t } = useTranslation();
  return (
    <Anchor component={Link} to="/guide">
      {t('pages.guide')}
    </Anchor>
  );
}

function Notice({
  to,
  title,
  children,
}: {
  readonly to: '/configuration' | '/requests' | '/health' | '/alerts';
  readonly title: string;
  readonly children?: React.ReactNode;
}) {
  return (
    <Group gap="xs">
      <Anchor component={Link} to={to} fw={600}>
        {title}
      </Anchor>
      {children}
    </Group>
  );
}
