import { expect, test } from 'vitest';
import { read } from './read.ts';
import type { Read } from './told.ts';

const check = {
  id: 'db',
  name: 'Database answers',
  ok: true,
  severity: 2,
  businessImpact: 'No orders',
  technicalSummary: 'Asks for 1',
  panicGuide: 'https://example.com/runbook',
  checkOutput: 'none',
  lastUpdated: '2026-03-01T12:00:00.000Z',
};
const told = (checks: unknown, code = 200): Read =>
  read({
    code,
    body: JSON.stringify({
      schemaVersion: 1,
      systemCode: 'shop',
      name: 'Shop',
      description: 'Sells',
      checks,
    }),
  });

test('F1 a check brings its runbook', () => {
  expect(told([check])).toMatchObject({
    format: 'ft',
    status: 'pass',
    name: 'shop',
    description: 'Sells',
    components: [
      {
        name: 'db',
        status: 'pass',
        output: 'none',
        runbook: {
          severity: 2,
          impact: 'No orders',
          summary: 'Asks for 1',
          url: 'https://example.com/runbook',
        },
      },
    ],
  });
  expect(told([{ ...check, panicGuide: 'Restart it' }]).components[0]?.runbook.action).toBe(
    'Restart it',
  );
});

test.each([
  [200, 'OK', 'pass'],
  [503, 'db is down', 'fail'],
] as const)('F2 the answer of good-to-go: %i %s', (code, body, status) => {
  expect(read({ code, contentType: 'text/plain', body }).status).toBe(status);
});

test('F3 a check without its required fields is read for what it has', () => {
  expect(told([{ ok: true }, { name: 'odd' }, 7]).components).toMatchObject([
    { name: '0', status: 'pass', runbook: {} },
    { name: 'odd', status: 'unknown' },
    { name: '2', status: 'unknown' },
  ]);
});

test.each([
  [1, 'fail'],
  [2, 'fail'],
  [3, 'warn'],
  [4, 'warn'],
  [undefined, 'fail'],
  [9, 'fail'],
] as const)('F4 a failure of severity %s makes the whole %s', (severity, status) => {
  const found = told([check, { ...check, ok: false, severity }]);
  expect(found.status).toBe(status);
  expect(found.components[1]?.status).toBe('fail');
});

test('F5 lastUpdated is the time of the reading', () => {
  expect(told([check]).components[0]?.at).toBe(Date.UTC(2026, 2, 1, 12));
  expect(told([{ ...check, lastUpdated: 'never' }]).components[0]?.at).toBeUndefined();
});

test('F6 a check that is not ok is not masked by 200', () => {
  expect(told([{ ...check, ok: false }])).toMatchObject({ status: 'fail', disagrees: false });
  expect(told([]).status).toBe('pass');
  expect(told('none')).toMatchObject({ status: 'unknown', reason: 'malformed_body' });
});
