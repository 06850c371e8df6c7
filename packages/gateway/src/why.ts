import type { Why } from '@vitalgate/health';
import type { Target } from './routing/routes.ts';
import type { Running } from './running.ts';
import { meaningOf } from './upstream/meanings.ts';

/** A verdict, and what stands in a target's way without being held against it. */
export interface FullWhy extends Why {
  /** Credentials of its provider that rest now. Names only. */
  readonly restingCredentials: ReturnType<Target['provider']['credentials']['resting']>;
  /** Why no credential can be used for it, if none can. */
  readonly blocked: string | null;
  /** Its provider says that it has no such model. */
  readonly retired: boolean;
  /** What it fails at, while it is well otherwise. */
  readonly doubtful: readonly string[];
  readonly measured: ReturnType<Target['load']['measures']['tell']>;
}

/**
 * Undefined where no model has such a target. Everything that decides whether a target is asked, with one text for whoever is woken by it. A
 * target may be well and get nothing, because its keys were revoked or its quota is spent.
 */
export function fullWhy(id: string, running: Running): FullWhy | undefined {
  const why = running.tracker.why(id);
  const target = targetOf(id, running);
  if (why === undefined || target === undefined) return undefined;
  const now = running.clock.now();
  const { provider, model, load } = target;
  const { credentials } = provider;
  const told = {
    restingCredentials: credentials
      .resting(now)
      .filter((rest) => rest.model === '*' || rest.model === model),
    blocked: running.localModels.isDown(provider.name)
      ? 'local_model_down'
      : (credentials.blocked(model, now)?.reason ?? null),
    retired: load.isRetired(now),
    doubtful: load.features.doubtful(now),
  };
  const isNearlySpent = told.blocked === null && credentials.isNearlySpent(model, now);
  const words = [
    why.words,
    ...aboutCredentials(told),
    ...(isNearlySpent ? ['Next to nothing is left of its limits, so others are asked first.'] : []),
    ...(told.retired
      ? [
          'Its provider says that it has no such model, so others are asked first; is its name right?',
        ]
      : []),
    ...(told.doubtful.length > 0
      ? [
          `Requests with ${told.doubtful.join(', ')} fail there, so others are asked for those first.`,
        ]
      : []),
    ...lastMeaning(why),
  ];
  return { ...why, ...told, words: words.join(' '), measured: load.measures.tell() };
}

function targetOf(id: string, { routes }: Running): Target | undefined {
  for (const { targets } of routes.values()) {
    const found = targets.find((target) => target.id === id);
    if (found !== undefined) return found;
  }
  return undefined;
}

function aboutCredentials({
  blocked,
  restingCredentials,
}: Pick<FullWhy, 'blocked' | 'restingCredentials'>): string[] {
  if (blocked === 'local_model_down') return ['The process that runs its model has ended.'];
  const rests = restingCredentials.map(({ credential, reason, forMs }) => {
    const meaning = meaningOf(reason);
    const why = meaning === undefined ? reason : `${reason}, ${meaning}`;
    return `${credential} rests for ${Math.ceil(forMs / 1000)} s (${why})`;
  });
  if (rests.length === 0) return [];
  if (blocked === null) return [`Of its credentials ${rests.join('; ')}.`];
  const what =
    blocked === 'credentials_refused'
      ? 'Nothing is sent there: its provider refuses every credential; renew one.'
      : 'Nothing is sent there: every credential has used up its quota.';
  return [`${what} ${rests.join('; ')}.`];
}

/** What the code of the last failure that counts means, while it matters. */
function lastMeaning({ health, failures }: Why): string[] {
  const last = failures.find(({ counted }) => counted);
  const meaning = last === undefined ? undefined : meaningOf(last.reason);
  if (health.status === 'pass' || last === undefined || meaning === undefined) return [];
  return [`${last.reason} means: ${meaning}.`];
}
