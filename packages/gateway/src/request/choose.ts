import { Failure } from '@vitalgate/contract';
import { inOrder, lastResort } from '../routing/order.ts';
import { panelOf } from '../routing/panel.ts';
import type { Target } from '../routing/routes.ts';
import type { Running } from '../running.ts';
import type { Chosen, Reserved } from './exchange.ts';
import { dialectFor, isSpoken } from './passage.ts';

/** Stage 6: who should answer? Routes × the health snapshot; waits for nothing. */
export function choose(reserved: Reserved, running: Running): Chosen {
  const { route, targets, dialect, operation } = reserved;
  const speaking = speakingTargets(reserved);
  if (speaking.length === 0) {
    const spoken = new Set(targets.flatMap(({ provider }) => provider.dialects));
    throw new Failure(
      'unsupported_in_dialect',
      `no target of this model does ${operation} for ${dialect}; its providers speak ${[...spoken].join(', ')}`,
    );
  }
  const { routing, sticky } = route;
  const circumstances = {
    health: running.tracker.snapshot(),
    random: running.random,
    now: running.clock.now(),
    features: reserved.features,
    caller: reserved.key?.id ?? reserved.address,
  };
  const panel = panelOf({ routing, sticky, targets: speaking }, circumstances);
  const candidates = inOrder({ routing, sticky, targets: panel ?? speaking }, circumstances);
  if (candidates.length === 0) throw noHealthyTarget(running, route.name, speaking);
  if (panel !== undefined) return Object.assign(reserved, { candidates });
  const { floor } = running.config.health;
  candidates.push(...lastResort(speaking, candidates.length, floor, running.tracker.snapshot()));
  return Object.assign(reserved, { candidates });
}

/**
 * The targets that can be asked this. In an ordered route those that speak the caller's dialect
 * come first: nothing of the request can be lost on the way to them.
 */
export function speakingTargets(reserved: Reserved): readonly Target[] {
  const { targets, dialect, operation, scanned, form } = reserved;
  let known = spokenTo.get(targets);
  if (known === undefined) spokenTo.set(targets, (known = []));
  for (const one of known) {
    const isAlike = one.dialect === dialect && one.operation === operation && one.form === form;
    if (isAlike && one.stream === scanned.stream) return one.speaking;
  }
  const speaking = speakingAmong(reserved);
  known.push({ dialect, operation, form, stream: scanned.stream, speaking });
  return speaking;
}

/** A kind of question, and who can be asked it. */
interface Spoken extends Pick<Reserved, 'dialect' | 'operation' | 'form'> {
  readonly stream: boolean;
  readonly speaking: readonly Target[];
}

/** Found once for a route and a kind of question, of which there are few. */
const spokenTo = new WeakMap<readonly Target[], Spoken[]>();

function speakingAmong(reserved: Reserved): readonly Target[] {
  const {
    targets,
    route: { routing },
  } = reserved;
  const native: Target[] = [];
  const others: Target[] = [];
  for (const target of targets) {
    const dialect = dialectFor(reserved, target.provider, target.model);
    if (dialect === undefined) continue;
    const isNative =
      routing !== 'ordered' || isSpoken(dialect, reserved.dialect, reserved.operation);
    (isNative ? native : others).push(target);
  }
  return others.length === 0 ? native : [...native, ...others];
}

/** A person puts targets back, and not at once. */
const DRAINED_S = 30;

/** The refusal when all rest, with the time at which the first of them will be tried again. */
export function noHealthyTarget(
  running: Running,
  model: string,
  targets: readonly { id: string }[],
): Failure {
  const health = running.tracker.snapshot();
  if (targets.length > 0 && targets.every(({ id }) => health.get(id)?.state === 'drained')) {
    return new Failure(
      'no_healthy_target',
      `an operator has taken out all targets of ${model}; it is served again when one is put back`,
      { retryAfter: DRAINED_S },
    );
  }
  const waitMs = running.tracker.earliestRecovery(targets.map(({ id }) => id)) ?? 1000;
  const retryAfter = Math.max(1, Math.ceil(waitMs / 1000));
  return new Failure(
    'no_healthy_target',
    `all targets of ${model} are resting after failures; the next is tried in ${retryAfter} s`,
    { retryAfter },
  );
}

/** The refusal when targets are well, and every credential that could be used for them rests. */
export function credentialsSpent(
  { clock }: Running,
  { name, targets }: { name: string; targets: readonly Target[] },
): Failure | undefined {
  const now = clock.now();
  const waits = targets.map(({ provider, model }) => provider.credentials.wait(model, now));
  const wait = Math.min(...waits);
  if (!(wait > 0)) return undefined;
  const retryAfter = Math.max(1, Math.ceil(wait / 1000));
  // One whose quota fills again comes back by itself, whatever the others need.
  const isRefused = targets.every(
    ({ provider, model }) =>
      provider.credentials.blocked(model, now)?.reason === 'credentials_refused',
  );
  if (isRefused) {
    return new Failure(
      'no_healthy_target',
      `the providers of ${name} refuse every credential they are asked with; an operator has to renew one`,
      { retryAfter },
    );
  }
  return new Failure(
    'rate_limited',
    `the providers of ${name} ask to wait; the next is tried in ${retryAfter} s`,
    { retryAfter, fault: 'provider' },
  );
}
