import fc from 'fast-check';
import { expect, test } from 'vitest';
import { read } from './read.ts';
import { toReport } from './to-report.ts';

const asked = { at: 1_700_000_000_000, instance: 'http://10.0.0.7/health', name: 'shop' };
const report = (body: unknown, code = 200) =>
  toReport(read({ code, body: JSON.stringify(body) }), asked);

test('a well service is a report that passes', () => {
  const found = report({
    status: 'UP',
    version: '1.2',
    uptime: 60,
    components: { db: { status: 'UP' } },
  });
  expect(found).toMatchObject({
    status: 'pass',
    reasons: [],
    view: 'health',
    phase: 'ready',
    at: asked.at,
    freshUntil: asked.at,
    service: { name: 'shop', version: '1.2', startedAt: asked.at - 60_000 },
    checks: [{ name: 'db', status: 'pass', reason: undefined, since: asked.at }],
  });
});

test('the reasons name the sum, the contradiction and each check', () => {
  const body = { status: 'DOWN', components: { db: { status: 'DOWN' }, disk: { status: 'UP' } } };
  expect(report(body).reasons).toEqual(['failed', 'disagrees', 'db:failed']);
});

test('what nobody knows is not told as well', () => {
  expect(report({ hello: 1 })).toMatchObject({ status: 'fail', reasons: ['no_status'] });
  const checks = { db: [{ status: 'splendid' }] };
  expect(report({ status: 'pass', checks })).toMatchObject({
    status: 'pass',
    checks: [{ status: 'unknown', reason: 'unknown_status', reading: { level: undefined } }],
  });
});

test.each([
  ['starting', 'starting'],
  ['shutting_down', 'draining'],
  ['maintenance', 'maintenance'],
  ['down', 'ready'],
])('%s is the phase %s', (status, phase) => {
  expect(report({ status }, 503).phase).toBe(phase);
});

test('two measurements of a component are one check, two nodes of it are two', () => {
  const entry = (observedValue: unknown, status = 'pass') => ({
    status,
    observedValue,
    observedUnit: 'ms',
  });
  const found = report({
    status: 'warn',
    checks: {
      'db:responseTime': [entry(5)],
      'db:connections': [entry(7, 'warn')],
      'cpu:utilization': [entry(1), entry(2)],
    },
  });
  expect(found.checks).toMatchObject([
    {
      name: 'db',
      status: 'warn',
      measured: [
        { name: 'responseTime', value: 5, unit: 'ms' },
        { name: 'connections', value: 7 },
      ],
    },
    { name: 'cpu', measured: [{ name: 'utilization', value: 1 }] },
    { name: 'cpu-3', measured: [{ name: 'utilization', value: 2 }] },
  ]);
});

test('J8 the time of a reading stays its own', () => {
  const time = '2023-11-14T22:00:00Z';
  const [check] = report({ status: 'pass', checks: { db: [{ status: 'pass', time }] } }).checks;
  expect(check?.reading?.at).toBe(Date.parse(time));
});

test('N9 texts of the other side are nowhere but in the detail', () => {
  const secret = 'postgres://me:hunter2@10.0.0.7';
  const found = report(
    {
      schemaVersion: 1,
      checks: [
        { id: 'db', ok: false, severity: 1, checkOutput: secret, panicGuide: secret, [secret]: 1 },
      ],
      output: secret,
    },
    503,
  );
  const health = report({
    status: 'fail',
    output: secret,
    notes: [secret],
    checks: {
      'db:responseTime': [
        {
          status: secret,
          output: secret,
          observedValue: secret,
          observedUnit: secret,
          componentType: secret,
          affectedEndpoints: [secret, '/orders'],
        },
      ],
    },
  });
  for (const one of [found, health]) {
    expect(JSON.stringify(one)).not.toContain('hunter2');
    expect(one.checks[0]?.detail?.reveal()).toContain('hunter2');
  }
  expect(found.checks[0]?.runbook).toEqual({ severity: 1 });
  expect(health.checks[0]?.affects).toEqual(['/orders']);
});

test('the id is the same for the same report only', () => {
  const one = report({ status: 'UP' });
  expect(one.id).toBe(report({ status: 'UP' }).id);
  expect(one.id).toMatch(/^[\w-]{22}$/);
  expect(report({ status: 'DOWN' }).id).not.toBe(one.id);
  const later = toReport(read({ body: '"UP"' }), { ...asked, at: asked.at + 1 });
  const other = toReport(read({ body: '"UP"' }), { ...asked, instance: 'b' });
  expect(new Set([one.id, later.id, other.id]).size).toBe(3);
});

test('names fit every format and are unique without regard to case', () => {
  const names = fc.array(fc.oneof(fc.string(), fc.constantFrom('a', 'A', 'a-2', '__proto__', '')));
  fc.assert(
    fc.property(names, (some) => {
      const checks = Object.fromEntries(some.map((name) => [name, [{ status: 'pass' }]]));
      const found = report({ status: 'pass', checks }).checks.map(({ name }) => name);
      for (const name of found) expect(name).toMatch(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$/);
      expect(new Set(found.map((name) => name.toLowerCase())).size).toBe(found.length);
    }),
  );
});

test('a report is made of a body of any depth', () => {
  const body = `{"status":"UP","a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
  expect(toReport(read({ code: 200, body }), asked).status).toBe('pass');
});
