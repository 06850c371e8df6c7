import { VirtualClock, type TargetHealth } from '@vitalgate/health';
import { describe, expect, it } from 'vitest';
import { Provider } from '../upstream/provider.ts';
import { blended, listTariff } from '../money/price.ts';
import { TargetLoad } from './load.ts';
import { inOrder, lastResort, type Circumstances } from './order.ts';
import { panelOf } from './panel.ts';
import { RetryBudget } from './retry-budget.ts';
import type { Route, Target } from './routes.ts';

const target = (name: string, rest: Partial<Target> = {}): Target => ({
  id: name,
  provider: new Provider(
    {
      name,
      dialect: 'openai-chat',
      baseUrl: undefined,
      credentials: [],
      private: true,
      canary: { budget: 0, interval: 0 },
    },
    new URL('http://127.0.0.1:9'),
  ),
  model: 'm',
  weight: 1,
  price: undefined,
  tariff: undefined,
  maxConcurrency: Number.POSITIVE_INFINITY,
  priority: 0,
  load: new TargetLoad(),
  ...rest,
});

function seeded(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const at = (rest: Partial<Circumstances> = {}): Circumstances => ({
  health: new Map(),
  random: seeded(),
  now: 0,
  ...rest,
});

const health = (entries: Record<string, Pick<TargetHealth, 'state' | 'share'>>) =>
  new Map(Object.entries(entries)) as unknown as ReadonlyMap<string, TargetHealth>;

const names = (
  route: Pick<Route, 'routing' | 'targets'> & { sticky?: boolean },
  circumstances = at(),
) => inOrder({ sticky: false, ...route }, circumstances).map(({ id }) => id);

describe('ordered', () => {
  const targets = ['a', 'b', 'c'].map((name) => target(name));

  it('keeps the order, without those that rest', () => {
    const known = health({ a: { state: 'resting', share: 0 }, b: { state: 'drained', share: 0 } });
    expect(names({ routing: 'ordered', targets })).toEqual(['a', 'b', 'c']);
    expect(names({ routing: 'ordered', targets }, at({ health: known }))).toEqual(['c']);
  });

  it('keeps the place of one that is tried, and for its share of one that ramps', () => {
    const probing = health({ a: { state: 'probing', share: 0 } });
    expect(names({ routing: 'ordered', targets }, at({ health: probing }))[0]).toBe('a');
    const ramping = at({ health: health({ a: { state: 'ramping', share: 0.25 } }) });
    const firsts = Array.from({ length: 2000 }, () =>
      names({ routing: 'ordered', targets }, ramping),
    );
    const share = firsts.filter(([first]) => first === 'a').length / 2000;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.3);
    expect(firsts.every((order) => order.length === 3)).toBe(true);
  });

  it('puts behind what is nearly spent or has no such model, and still tries it', () => {
    const [spent, retired, well] = ['spent', 'retired', 'well'].map((name) => target(name)) as [
      Target,
      Target,
      Target,
    ];
    const [credential] = spent.provider.credentials.all;
    if (credential !== undefined) spent.provider.credentials.setLeft(credential, 'm', 0, 1000);
    retired.load.retire(0);
    const route = { routing: 'ordered', targets: [spent, retired, well] } as const;
    expect(names(route)).toEqual(['well', 'spent', 'retired']);
    expect(names(route, at({ now: 1_000_000 }))).toEqual(['spent', 'retired', 'well']);
  });
});

describe('a model that is not there', () => {
  it('is asked for again soon, for it may be loading, then ever more seldom', () => {
    const load = new TargetLoad();
    const waits = [];
    for (let now = 0, i = 0; i < 9; i += 1) {
      load.retire(now);
      load.retire(now + 1);
      let wait = 0;
      while (load.isRetired(now + wait)) wait += 1000;
      waits.push(wait / 1000);
      now += wait;
    }
    expect(waits).toEqual([10, 20, 40, 80, 160, 320, 600, 600, 600]);
    load.answered(100, true);
    expect(load.isRetired(0)).toBe(false);
    load.retire(0);
    expect(load.isRetired(10_000)).toBe(false);
  });
});

describe('weighted', () => {
  it('draws by weight and share', () => {
    const targets = [
      target('a', { weight: 3 }),
      target('b', { weight: 1 }),
      target('c', { weight: 100 }),
    ];
    const circumstances = at({ health: health({ c: { state: 'ramping', share: 0.01 } }) });
    const counts: Record<string, number> = {};
    for (let i = 0; i < 5000; i += 1) {
      const [first = ''] = names({ routing: 'weighted', targets }, circumstances);
      counts[first] = (counts[first] ?? 0) + 1;
    }
    expect((counts['a'] ?? 0) / 5000).toBeCloseTo(0.6, 1);
    expect((counts['b'] ?? 0) / 5000).toBeCloseTo(0.2, 1);
    expect((counts['c'] ?? 0) / 5000).toBeCloseTo(0.2, 1);
  });
});

describe('a slow target', () => {
  it('loses weight and keeps a part of it', () => {
    const targets = [target('quick'), target('slow'), target('slowest')];
    for (const [i, ms] of [100, 400, 100_000].entries()) targets[i]?.load.answered(ms, true);
    targets[1]?.load.answered(400, true);
    // Four times as slow as usual is twice what is tolerated: half of its weight.
    const circumstances = at();
    const share = (among: Target[], name: string) =>
      Array.from({ length: 6000 }, () =>
        names({ routing: 'weighted', targets: among }, circumstances),
      ).filter(([first]) => first === name).length / 6000;
    expect(share(targets.slice(0, 2), 'slow')).toBeCloseTo(1 / 3, 1);
    expect(share([target('new'), ...targets.slice(0, 1)], 'new')).toBeCloseTo(1 / 2, 1);
    expect(share([targets[0] as Target, targets[2] as Target], 'slowest')).toBeCloseTo(1 / 11, 1);
  });
});

describe('fastest', () => {
  it('prefers the quick and the idle', () => {
    const [quick, slow] = [target('quick'), target('slow')];
    quick.load.answered(10, true);
    slow.load.answered(100, true);
    const targets = [slow, quick];
    expect(names({ routing: 'fastest', targets })).toEqual(['quick', 'slow']);
    quick.load.inFlight = 20;
    expect(names({ routing: 'fastest', targets })).toEqual(['slow', 'quick']);
  });

  it('does not send more than its part to one that fails fast', () => {
    const targets = Array.from({ length: 10 }, (_, i) => target(String(i)));
    for (const one of targets) one.load.answered(20, true);
    // Target 0 answers nothing any more, in a millisecond: its average does not move.
    const circumstances = at();
    let toFailing = 0;
    for (let i = 0; i < 10_000; i += 1) {
      if (names({ routing: 'fastest', targets }, circumstances)[0] === '0') toFailing += 1;
    }
    expect(toFailing / 10_000).toBeLessThan(0.12);
  });
});

describe('priority', () => {
  it('asks all of one number before any of the next, whatever the routing', () => {
    const targets = [target('b', { priority: 1 }), target('a1'), target('a2')];
    for (const routing of ['ordered', 'weighted', 'fastest'] as const) {
      expect(names({ routing, targets })[2]).toBe('b');
    }
    const resting = health({
      a1: { state: 'resting', share: 0 },
      a2: { state: 'resting', share: 0 },
    });
    expect(names({ routing: 'ordered', targets }, at({ health: resting }))).toEqual(['b']);
  });
});

describe('a route of hundreds', () => {
  const many = Array.from({ length: 200 }, (_, i) => target(`t${i}`));
  const panel = (
    routing: Route['routing'],
    targets = many,
    known: ReadonlyMap<string, TargetHealth> = new Map(),
  ) => panelOf({ routing, sticky: false, targets }, at({ health: known }))?.map(({ id }) => id);
  const resting = health(
    Object.fromEntries(many.slice(0, 150).map(({ id }) => [id, { state: 'resting', share: 0 }])),
  );

  it('orders a request among eight, the first that are usable or any', () => {
    const first = (from: number) => Array.from({ length: 8 }, (_, i) => `t${from + i}`);
    expect(panel('ordered')).toEqual(first(0));
    expect(panel('ordered', many, resting)).toEqual(first(150));
    const drawn = panel('weighted', many, resting) ?? [];
    expect(new Set(drawn).size).toBe(8);
    expect(drawn.every((id) => Number(id.slice(1)) >= 150)).toBe(true);
  });

  it('draws every target as often as any other', () => {
    const counts = new Map<string, number>();
    const circumstances = at();
    for (let n = 0; n < 5000; n += 1) {
      const drawn = panelOf({ routing: 'fastest', sticky: false, targets: many }, circumstances);
      const [id = ''] = (drawn ?? []).map((one) => one.id);
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    expect(counts.size).toBe(200);
    expect(Math.max(...counts.values())).toBeLessThan(60);
  });

  it('looks at all where some are meant to be preferred, or hardly any is usable', () => {
    expect(panel('weighted', [...many, target('heavy', { weight: 100 })])).toBeUndefined();
    expect(panel('ordered', [...many, target('last', { priority: 1 })])).toBeUndefined();
    const almostAll = health(
      Object.fromEntries(many.slice(0, 195).map(({ id }) => [id, { state: 'resting', share: 0 }])),
    );
    expect(panel('fastest', many, almostAll)).toBeUndefined();
    expect(panel('ordered', many.slice(0, 8))).toBeUndefined();
  });
});

describe('the floor', () => {
  const targets = ['a', 'b', 'c', 'd'].map((name) => target(name));
  const rest = (restUntil: number) => ({ state: 'resting', share: 0, restUntil }) as const;
  const fallback = (known: ReadonlyMap<string, TargetHealth>, usable: number, floor = 0.5) =>
    lastResort(targets, usable, floor, known).map(({ id }) => id);

  it('brings back what rests, soonest first, when too few are left', () => {
    const known = health({ a: rest(300), b: rest(100), c: rest(200) });
    expect(fallback(known, 1)).toEqual(['b', 'c', 'a']);
    expect(fallback(known, 1, 0.25)).toEqual([]);
  });

  it('leaves an outage of everything, half a pool and the drained alone', () => {
    expect(fallback(health({ a: rest(1), b: rest(1), c: rest(1), d: rest(1) }), 0)).toEqual([]);
    expect(fallback(health({ a: rest(1), b: rest(1) }), 2)).toEqual([]);
    const drained = { state: 'drained', share: 0 } as const;
    expect(fallback(health({ a: drained, b: drained, c: rest(1) }), 1)).toEqual([]);
  });
});

describe('sticky', () => {
  const targets = ['a', 'b', 'c'].map((name) => target(name));
  const first = (caller: string, known: Parameters<typeof health>[0] = {}) =>
    names({ routing: 'weighted', sticky: true, targets }, at({ caller, health: health(known) }))[0];

  it('keeps a caller to a target, spreads callers, and moves only those whose target rests', () => {
    const callers = Array.from({ length: 300 }, (_, i) => `key-${i}`);
    const before = callers.map((caller) => first(caller));
    expect(callers.map((caller) => first(caller))).toEqual(before);
    for (const { id } of targets) {
      expect(before.filter((name) => name === id).length).toBeGreaterThan(60);
    }
    const after = callers.map((caller) => first(caller, { a: { state: 'resting', share: 0 } }));
    expect(after.filter((name, i) => name !== before[i] && before[i] !== 'a')).toEqual([]);
  });
});

describe('cheapest', () => {
  it('goes by price, the unknown last', () => {
    const targets = [
      target('unknown'),
      target('dear', { price: 5 }),
      target('cheap', { price: 0.1 }),
    ];
    expect(names({ routing: 'cheapest', targets })).toEqual(['cheap', 'dear', 'unknown']);
  });

  it('knows list prices', () => {
    const price = listTariff('https://api.openai.com/v1', 'openai-chat', 'gpt-4.1-mini');
    expect(price).toMatchObject({ input: 0.4, output: 1.6, source: 'list' });
    expect(blended(price)).toBeCloseTo(0.7);
    expect(listTariff('http://127.0.0.1', 'openai-chat', 'nobody-knows')).toBeUndefined();
  });
});

describe('features', () => {
  it('one that is broken is asked for elsewhere first, and nothing else is', () => {
    const [broken, other] = [target('broken'), target('other')];
    const { features } = broken.load;
    const order = (needed: Circumstances['features']) =>
      names(
        { routing: 'ordered', targets: [broken, other] },
        at({ now: 10, features: needed ?? [] }),
      );
    for (let i = 0; i < 3; i += 1) features.failed(['stream', 'tools'], 10);
    // Nothing else has been served: then it is the target that is ill, not the feature.
    expect(order(['stream'])[0]).toBe('broken');
    features.succeeded(['tools'], 10);
    features.failed(['stream'], 10);
    expect(order(['stream'])[0]).toBe('other');
    expect(order(['tools'])[0]).toBe('broken');
    expect(order([])[0]).toBe('broken');
    expect(features.doubtful(10)).toEqual(['stream']);
    expect(features.doubtful(31_000)).toEqual([]);
    features.succeeded(['stream'], 20);
    expect(order(['stream'])[0]).toBe('broken');
  });
});

describe('the retry budget', () => {
  it('is free for retries that help and runs out for those that do not', () => {
    const clock = new VirtualClock();
    const budget = new RetryBudget(clock);
    for (let i = 0; i < 5000; i += 1) {
      expect(budget.withdraw()).toBe(true);
      budget.refund();
    }
    let failed = 0;
    while (budget.withdraw()) failed += 1;
    expect(failed).toBe(1000);
    clock.advance(1000);
    let refilled = 0;
    while (budget.withdraw()) refilled += 1;
    expect(refilled).toBe(10);
    for (let i = 0; i < 50; i += 1) budget.deposit();
    expect(budget.withdraw()).toBe(true);
  });
});
