/** Cases of the health standards (docs/health.md) that take a whole service to show. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { check, createHealth, VirtualClock, type Health, type Transition } from '@vitalgate/health';
import { agentLine } from '@vitalgate/health/report/haproxy';
import { formats } from '@vitalgate/health/report/formats';
import { agentServer } from '@vitalgate/health/serve/agent';
import type { Details } from '@vitalgate/health/serve/format';
import { healthListener } from '@vitalgate/health/serve/node';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { listen } from './servers.ts';
import { ask } from './wire.ts';

/** A service with one check of each kind, on a clock that the test moves. */
function service(options: { maxStartMs?: number } = {}) {
  const clock = new VirtualClock();
  const health = createHealth({ name: 'shop', clock, random: () => 0.5, ...options });
  const db = { isUp: true, runs: 0, hangs: false };
  const loop = { isUp: true, runs: 0 };
  const turn = (): boolean => {
    loop.runs += 1;
    return loop.isUp;
  };
  health.liveness.add(check('loop', { scope: 'local', run: turn }));
  health.readiness.add(
    check('db', {
      scope: 'dedicated',
      groups: ['storage'],
      run: () => {
        db.runs += 1;
        if (!db.isUp) throw new Error('connection to 10.0.0.7 refused');
        return db.hangs ? new Promise(() => {}) : true;
      },
    }),
  );
  /** Looks `times` times, a second apart. */
  const look = async (times = 1): Promise<void> => {
    for (let n = 0; n < times; n += 1) {
      clock.advance(1_000);
      await health.refresh();
    }
  };
  return { health, clock, db, loop, look };
}

async function served(health: Health, details: Details = 'codes') {
  const port = await listen(createServer(healthListener(health, { formats, details })));
  return (path: string, headers: Record<string, string> = {}) => ask(port, path, { headers });
}

/** Lets what is pending happen, without time passing. */
const turned = (): Promise<void> => new Promise((done) => setImmediate(done));

describe('health+json', () => {
  it('J15: has one ETag for one snapshot, 304 for who has it, and another after a change', async () => {
    const { health, clock, db, look } = service();
    await look();
    const get = await served(health);
    const path = '/health?format=health%2Bjson';
    const { headers } = await get(path);
    const etag = headers['etag'] ?? '';
    expect(etag).not.toBe('');
    clock.advance(500);
    expect((await get(path)).headers['etag']).toBe(etag);
    expect(await get(path, { 'if-none-match': etag })).toMatchObject({ code: 304, body: '' });
    db.isUp = false;
    await look(3);
    const changed = await get(path, { 'if-none-match': etag });
    expect(changed.code).toBe(503);
    expect(changed.headers['etag']).not.toBe(etag);
  });

  it('J16: is never said to be fresh for longer than until the next reading', async () => {
    const { health, clock, db, loop, look } = service();
    await look();
    const get = await served(health);
    const read = db.runs + loop.runs;
    const freshUntil: number[] = [];
    while (db.runs + loop.runs === read) {
      const { headers } = await get('/health?format=health%2Bjson');
      const [, maxAge] = /^max-age=(\d+)$/.exec(headers['cache-control'] ?? '') ?? [];
      freshUntil.push(clock.now() + Number(maxAge) * 1_000);
      clock.advance(100);
      await turned();
    }
    expect(freshUntil.length).toBeGreaterThan(50);
    expect(Math.max(...freshUntil)).toBeLessThanOrEqual(clock.now());
    expect(Math.max(...freshUntil)).toBeGreaterThan(clock.now() - 2_000);
  });
});

describe('Actuator', () => {
  it.each([
    ['status', false],
    ['codes', true],
    ['full', true],
  ] as const)('A8, A9: to who may see %s components are shown: %s', async (details, isShown) => {
    const { health, look } = service();
    await look();
    const get = await served(health, details);
    const root = JSON.parse((await get('/health?format=actuator')).body) as object;
    expect('components' in root).toBe(isShown);
    const one = JSON.parse((await get('/health/db?format=actuator')).body) as object;
    expect('components' in one).toBe(isShown);
  });

  it('A15: does not start with a member that nobody declared', () => {
    const { health } = service();
    const orders = check('orders', { scope: 'shared', run: () => true, dependsOn: ['databse'] });
    expect(() => health.readiness.add(orders)).toThrow(
      expect.objectContaining({ code: 'unknown_check' }),
    );
  });
});

describe('MicroProfile', () => {
  const entriesOf = (body: string) =>
    (JSON.parse(body) as { checks: { name: string; status: string }[] }).checks.map(
      ({ name, status }) => [name, status],
    );

  it('M12: neither runs nor lists a check that was given to no probe', async () => {
    const { health, look } = service();
    let runs = 0;
    check('of-no-probe', { scope: 'shared', run: () => (runs += 1) });
    await look();
    const get = await served(health);
    expect(runs).toBe(0);
    expect(entriesOf((await get('/health?format=microprofile')).body)).toEqual([
      ['loop', 'UP'],
      ['db', 'UP'],
    ]);
  });

  it('M15: has an entry of its own for a check that does not come to an end', async () => {
    const { health, clock, db } = service();
    db.hangs = true;
    const get = await served(health);
    clock.advance(1_000);
    await turned();
    clock.advance(2_000);
    await turned();
    const { code, body } = await get('/readyz?format=microprofile');
    expect([code, entriesOf(body)]).toEqual([503, [['db', 'DOWN']]]);
  });

  it('M16: is ready without a check for readiness, as soon as the service turns', async () => {
    const clock = new VirtualClock();
    const health = createHealth({ clock });
    const get = await served(health);
    expect((await get('/health/ready?format=microprofile')).code).toBe(503);
    clock.advance(1);
    const { code, body } = await get('/health/ready?format=microprofile');
    expect([code, JSON.parse(body)]).toEqual([200, { status: 'UP', checks: [] }]);
  });
});

it('N4: ASP.NET’s rule of one check for each name, whatever its case, is kept at the start', () => {
  const { health } = service();
  const again = check('DB', { scope: 'shared', run: () => true });
  expect(() => health.readiness.add(again)).toThrow(
    expect.objectContaining({ code: 'duplicate_check' }),
  );
});

it('N5: what matches nothing is nobody’s health, and never well', async () => {
  const { health, look } = service();
  await look();
  const get = await served(health);
  expect((await get('/health/no-such-tag?format=aspnet')).code).toBe(404);
});

describe('kube-apiserver', () => {
  it('K6, K9: answers for a single check, and withholds why it fails', async () => {
    const { health, db, look } = service();
    await look();
    const get = await served(health);
    expect(await get('/health/db?format=k8s')).toMatchObject({ code: 200, body: 'ok' });
    db.isUp = false;
    await look(3);
    const { code, body } = await get('/health/db?format=k8s');
    expect(code).toBe(500);
    expect(body).toContain('[-]db failed: reason withheld');
    expect(body).not.toContain('10.0.0.7');
  });

  it('K11: becomes ready once, however often it is healthy again', async () => {
    const { health, db, look } = service();
    const told: Transition[] = [];
    health.onTransition((change) => told.push(change));
    await look();
    for (const isUp of [false, true, false, true]) {
      db.isUp = isUp;
      await look(20);
    }
    const started = told.filter(({ of, name }) => of === 'probe' && name === 'startup');
    expect(started.map(({ to }) => to)).toEqual(['pass']);
  });

  it('K12: liveness passes while the start has its grace, and fails when that is over', async () => {
    const { health, clock, loop, look } = service({ maxStartMs: 20_000 });
    loop.isUp = false;
    health.starting('never done');
    const get = await served(health);
    await look(19);
    expect((await get('/livez')).code).toBe(200);
    clock.advance(1_001);
    expect((await get('/livez')).code).toBe(503);
    await look(5);
    expect((await get('/livez')).code).toBe(503);
  });

  it('K12: the grace ends with the start, and does not come back', async () => {
    const { health, loop, look } = service({ maxStartMs: 600_000 });
    const get = await served(health);
    await look(2);
    loop.isUp = false;
    await look(3);
    expect((await get('/livez')).code).toBe(503);
  });
});

describe('HAProxy’s agent', () => {
  it('X4: hears one line, and the connection ends', async () => {
    const { health, look } = service();
    await look();
    const report = () => health.report() ?? expect.unreachable();
    const socket = connect(await listen(agentServer(report)), '127.0.0.1');
    let heard = '';
    socket.setEncoding('utf8').on('data', (text: string) => (heard += text));
    await once(socket, 'end');
    expect(heard).toBe('up ready 100%\n');
  });

  it('X5: gives less weight for worse health, and none only to who is down or leaves', async () => {
    const { health, look } = service();
    const mail = { isUp: true };
    health.readiness.add(check('mail', { scope: 'shared', run: () => mail.isUp }));
    const line = () => agentLine(health.report('readiness') ?? expect.unreachable());
    await look();
    expect(line()).toBe('up ready 100%\n');
    mail.isUp = false;
    await look(3);
    expect(line()).toBe('up ready 50%\n');
    void health.drain();
    expect(line()).toBe('drain\n');
  });
});

describe('readings, as Envoy spaces them', () => {
  /** When the check was run, in seconds, for so long, with chance at one end of its range. */
  async function spacing(chance: number, seconds: number, isUpAt: (second: number) => boolean) {
    const clock = new VirtualClock();
    const health = createHealth({ clock, random: () => chance, instance: 'one' });
    const runs: number[] = [];
    const run = (): boolean => {
      runs.push(clock.now() / 1_000);
      return isUpAt(clock.now() / 1_000);
    };
    health.readiness.add(check('db', { scope: 'shared', run }));
    for (let tick = 0; tick < seconds * 10; tick += 1) {
      clock.advance(100);
      await turned();
    }
    return runs.slice(1).map((at, n) => at - (runs[n] ?? 0));
  }

  it('E7: come sooner at the edge, only until there is a verdict', async () => {
    const gaps = await spacing(0.5, 60, (second) => second < 15);
    const edges = gaps.filter((gap) => gap < 5);
    expect(edges.length).toBe(2);
    for (const gap of edges) expect(gap).toBeCloseTo(2, 0);
    expect(gaps.at(-1)).toBeGreaterThanOrEqual(10);
  });

  it.each([
    [0, 8],
    [0.999_999, 12],
  ])('E8: keep their jitter within a fifth: chance %d gives %d s', async (chance, expected) => {
    for (const gap of await spacing(chance, 60, () => true)) {
      expect(gap).toBeGreaterThan(expected - 0.2);
      expect(gap).toBeLessThan(expected + 0.2);
    }
  });
});

describe('Prometheus', () => {
  it.each(['openmetrics', 'prometheus'])(
    'O10, O11: %s at once for many is the same for all, and runs nothing',
    async (format) => {
      const { health, db, look } = service();
      await look();
      const get = await served(health);
      const pages = await Promise.all(
        Array.from({ length: 50 }, () => get(`/health?format=${format}`)),
      );
      expect(db.runs).toBe(1);
      expect(new Set(pages.map(({ body }) => body)).size).toBe(1);
      expect(pages[0]?.body).toContain('vitalgate_check_status');
    },
  );
});

describe('systemd’s watchdog', () => {
  it('Y3: liveness, on which WATCHDOG=1 is said, knows the loop and no dependency', async () => {
    const { health, db, loop, look } = service();
    const isFed = () => health.report('liveness')?.status !== 'fail';
    await look(2);
    db.isUp = false;
    await look(600);
    expect(isFed()).toBe(true);
    loop.isUp = false;
    await look(60);
    expect(isFed()).toBe(false);
  });
});
