/** What the tracker is for, in numbers, on a clock that stands still until it is moved. */
import { expect, test } from 'vitest';
import { VirtualClock } from './clock.ts';
import type { Fault } from './observation.ts';
import { Tracker } from './tracker.ts';

/** A small generator with a seed (Park and Miller), so that every run is the same run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

interface Failed {
  readonly fault: Fault;
  readonly reason: string;
}
const down: Failed = { fault: 'provider', reason: 'http_500' };

/** Calls a list of targets in order, the first that may be called; any failure goes to the next. */
function setup(
  seed: number,
  ids: string[],
  fails: (id: string, now: number) => Failed | undefined,
) {
  const clock = new VirtualClock();
  const tracker = new Tracker({ clock, random: generator(seed) });
  for (const id of ids) tracker.register(id, '');
  const attempts: { id: string; at: number }[] = [];
  const attempt = (id: string): boolean => {
    attempts.push({ id, at: clock.now() });
    const failed = fails(id, clock.now());
    tracker.record(id, { at: clock.now(), source: 'traffic', ok: failed === undefined, ...failed });
    return failed === undefined;
  };
  const call = (): boolean =>
    ids.some((id) => {
      const share = tracker.snapshot().get(id)?.share ?? 0;
      const mayTry = share === 1 || generator(clock.now() + 1)() < share || tracker.claimTrial(id);
      return mayTry && attempt(id);
    });
  return { clock, tracker, attempts, attempt, call };
}

test.each<[string, Fault, string, boolean]>([
  ['that refuses connections', 'network', 'connect_refused', false],
  ['that answers with errors', 'provider', 'http_500', false],
  ['that answers with errors, and whose probe sees nothing of it', 'provider', 'http_500', true],
  [
    'that cuts connections, and whose probe sees nothing of it',
    'network',
    'connection_reset',
    true,
  ],
])(
  'fifteen calls in a minute make at most five attempts on a target %s',
  (_, fault, reason, isBlind) => {
    for (let seed = 1; seed <= 100; seed += 1) {
      const dead = { fault, reason };
      const ids = ['dead', 'well'];
      const { clock, tracker, attempts, call } = setup(seed, ids, (id) =>
        id === 'dead' ? dead : undefined,
      );
      clock.every(1_000, () => {
        const at = clock.now();
        if (tracker.snapshot().get('dead')?.state !== 'resting') return;
        tracker.record('dead', { at, source: 'probe', ok: isBlind, ...(!isBlind && dead) });
      });
      for (let n = 0; n < 15; n += 1) {
        expect(call()).toBe(true);
        clock.advance(4_000);
      }
      expect(attempts.filter(({ id }) => id === 'dead').length).toBeLessThanOrEqual(5);
    }
  },
);

test('an outage of a minute at fifty calls a second: found at once, tried seldom, ended in time', () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const outage = [10_000, 70_000] as const;
    const { clock, tracker, attempts, call } = setup(seed, ['a', 'b'], (id, now) =>
      id === 'a' && now >= outage[0] && now < outage[1] ? down : undefined,
    );
    const changes: string[] = [];
    let servedAgain = Infinity;
    tracker.onTransition(({ to }) => {
      changes.push(to);
      if (to === 'serving') servedAgain = clock.now();
    });
    while (clock.now() < 100_000) {
      expect(call()).toBe(true);
      clock.advance(20);
    }
    const onDead = attempts.filter(({ id, at }) => id === 'a' && at >= outage[0] && at < outage[1]);
    expect(onDead.length).toBeLessThanOrEqual(3 + 6);
    expect((onDead[2]?.at ?? Infinity) - outage[0]).toBeLessThan(2_000);
    const firstGood = attempts.find(({ id, at }) => id === 'a' && at >= outage[1]);
    expect((firstGood?.at ?? Infinity) - outage[1]).toBeLessThanOrEqual(14_000);
    expect(servedAgain - (firstGood?.at ?? 0)).toBeLessThanOrEqual(2_020);
    expect(changes.filter((to) => to === 'serving')).toHaveLength(1);
  }
});

test('one target of ten that fails fast never gets more than twelve percent of the traffic', () => {
  const random = generator(7);
  const ids = Array.from({ length: 10 }, (_, n) => `t${n}`);
  const { clock, tracker, attempts, attempt } = setup(7, ids, (id) =>
    id === 't3' && random() < 0.9 ? down : undefined,
  );
  const spread = (): string => {
    const health = [...tracker.snapshot().values()];
    let left = random() * health.reduce((sum, { share }) => sum + share, 0);
    return health.find(({ share }) => (left -= share) < 0)?.id ?? 't0';
  };
  const perWindow = new Map<number, { all: number; bad: number }>();
  while (clock.now() < 300_000) {
    const id = tracker.claimTrial('t3') ? 't3' : spread();
    attempt(id);
    const window = Math.floor(clock.now() / 10_000);
    const { all, bad } = perWindow.get(window) ?? { all: 0, bad: 0 };
    perWindow.set(window, { all: all + 1, bad: bad + Number(id === 't3') });
    clock.advance(20);
  }
  for (const { all, bad } of perWindow.values()) expect(bad / all).toBeLessThan(0.12);
  expect(attempts.filter(({ id }) => id === 't3').length / attempts.length).toBeLessThan(0.02);
});

test('a target that passes and fails in turn changes state at most once in its first rest’s time', () => {
  const { clock, tracker, attempt } = setup(1, ['a'], (_, now) =>
    (now / 500) % 2 === 0 ? undefined : down,
  );
  let changes = 0;
  tracker.onTransition(() => (changes += 1));
  for (let n = 0; n < 30; n += 1) {
    if (tracker.snapshot().get('a')?.state === 'serving') attempt('a');
    clock.advance(500);
  }
  expect(changes).toBeLessThanOrEqual(1);
});

test('a flapping provider is rested longer, so that it changes ever more seldom', () => {
  const { clock, tracker, call } = setup(3, ['a', 'b'], (id, now) =>
    id === 'a' && Math.floor(now / 5_000) % 2 === 1 ? down : undefined,
  );
  let falls = 0;
  tracker.onTransition(({ to }) => (falls += Number(to === 'resting')));
  while (clock.now() < 600_000) {
    call();
    clock.advance(20);
  }
  // Sixty outages; each rest after the first two lasts more than one of them.
  expect(falls).toBeLessThanOrEqual(600_000 / 12_600 + 2);
});
