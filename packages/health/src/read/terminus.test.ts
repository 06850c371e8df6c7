import { expect, test } from 'vitest';
import { read } from './read.ts';

const told = (body: object, code = 200) => read({ code, body: JSON.stringify(body) });

test('of Nest: every check once, with its own word', () => {
  const db = { db: { status: 'up' } };
  const redis = { redis: { status: 'down', message: 'refused' } };
  const found = told(
    { status: 'error', info: db, error: redis, details: { ...db, ...redis } },
    503,
  );
  expect(found).toMatchObject({ format: 'terminus', status: 'fail', disagrees: false });
  expect(found.components).toMatchObject([
    { name: 'db', status: 'pass' },
    { name: 'redis', status: 'fail', output: 'refused' },
  ]);
});

test.each([
  ['ok', 200, 'pass', undefined],
  ['degraded', 200, 'warn', 'degraded'],
  ['shutting_down', 503, 'fail', 'draining'],
] as const)('of Nest: %s with %i is %s', (status, code, expected, reason) => {
  const body = { status, info: {}, error: {}, details: {} };
  expect(told(body, code)).toMatchObject({ format: 'terminus', status: expected, reason });
});

test('of GoDaddy: what was thrown is a failed check without a status, what was returned is none', () => {
  const error = { '/health': { host: '10.0.0.7' } };
  const found = told({ status: 'error', error, details: error, info: { build: 7 } }, 503);
  expect(found.components).toMatchObject([{ name: '/health', status: 'fail' }]);
});
