import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Overview, Target } from '../../api/types.ts';
import { StateBadge, StatusBadge, toneOfState } from '../../ui/badge.tsx';
import { formatMs } from '../../ui/format.ts';
import classes from './now.module.css';
import { Said } from '../../ui/said.tsx';

/** Pixels a box takes with the space below it; lines are drawn by it, without measuring. */
const ROW = 64;
/** Units across the lines' picture, which is stretched to the room there is. */
const ACROSS = 100;

interface RouteMapProps {
  readonly routes: readonly Overview['routes'][number][];
  readonly targets: readonly Overview['targets'][number][];
}

/** Which model is served by which target, and how each of them is. */
export function RouteMap({ routes, targets }: RouteMapProps) {
  const { t } = useTranslation();
  const rows = Math.max(routes.length, targets.length);
  const height = rows * ROW;
  const placeOf = (index: number, of: number): number => ((index + 0.5) * height) / of;
  const indexOf = new Map(targets.map(({ id }, index) => [id, index]));

  return (
    <div className={classes['map']} style={{ height: `${height}px` }}>
      <ul className={classes['side']} aria-label={t('now.routes')}>
        {routes.map((route) => (
          <li key={route.name} className={`${classes['box']} ${classes['route']}`}>
            <span className={classes['name']}>
              <Said>{route.name}</Said>
            </span>
            <span className={classes['meta']}>
              <StatusBadge status={route.status} />
              {route.critical && <span className={classes['small']}>{t('now.critical')}</span>}
            </span>
          </li>
        ))}
      </ul>
      <svg
        className={classes['lines']}
        viewBox={`0 0 ${ACROSS} ${height}`}
        preserveAspectRatio="none"
        aria-hidden
      >
        {routes.flatMap((route, i) =>
          route.targets.map((id) => {
            const at = indexOf.get(id);
            const target = at === undefined ? undefined : targets[at];
            if (at === undefined || target === undefined) return null;
            const from = placeOf(i, routes.length);
            const to = placeOf(at, targets.length);
            const isIdle = target.state === 'resting' || target.state === 'drained';
            return (
              <path
                key={`${route.name} ${id}`}
                d={`M0 ${from}C${ACROSS / 2} ${from} ${ACROSS / 2} ${to} ${ACROSS} ${to}`}
                className={classes[toneOfState(target.state, target.status)]}
                strokeDasharray={isIdle ? '4 5' : undefined}
                strokeWidth={isIdle ? 1.5 : 1.5 + target.share * 1.5}
              />
            );
          }),
        )}
      </svg>
      <ul className={classes['side']} aria-label={t('now.targets')}>
        {targets.map((target) => (
          <TargetBox key={target.id} target={target} />
        ))}
      </ul>
    </div>
  );
}

function TargetBox({ target }: { readonly target: Target }) {
  const { t } = useTranslation();
  const { id, state, status, reason, restMs, latencyMs, inFlight } = target;
  const note =
    state === 'resting' && restMs !== null
      ? t('now.restsFor', { value: formatMs(restMs) })
      : (reason ?? (latencyMs === null ? '' : formatMs(latencyMs)));
  return (
    <li className={classes['box']}>
      <Link to="/targets/$id" params={{ id }} className={classes['name'] ?? ''}>
        <Said>{id}</Said>
      </Link>
      <span className={classes['meta']}>
        <StateBadge state={state} status={status} />
        <span className={`${classes['small']} numeric`}>
          <Said>{note}</Said>
        </span>
        {inFlight > 0 && (
          <span className={`${classes['small']} numeric`}>
            {t('now.inFlightShort', { count: inFlight })}
          </span>
        )}
      </span>
    </li>
  );
}
