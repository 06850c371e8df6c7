import { expect, test } from 'vitest';
import { read } from './read.ts';
import type { Read } from './told.ts';

const told = (status: string, code: number, checks: object = { db: { status } }): Read =>
  read({ code, body: JSON.stringify({ status, checks }) });

test.each([
  ['ok', 200, 'pass', false],
  ['warning', 500, 'warn', false],
  ['critical', 500, 'fail', false],
  ['ok', 500, 'fail', true],
  ['critical', 200, 'fail', true],
  ['warning', 503, 'fail', true],
] as const)('F2 %s with %i is %s', (status, code, expected, disagrees) => {
  expect(told(status, code)).toMatchObject({ format: 'govuk', status: expected, disagrees });
});

test('F1 the message of a check is its output', () => {
  const checks = { sidekiq: { status: 'warning', message: 'slow', thresholds: { warning: 5 } } };
  expect(told('warning', 500, checks).components[0]).toMatchObject({
    name: 'sidekiq',
    status: 'warn',
    output: 'slow',
    extra: { thresholds: { warning: 5 } },
  });
});

test('F1 a British court’s and a prison’s service are read as what they look like', () => {
  const hmcts = { status: 'UP', database: { status: 'UP' }, buildInfo: { version: '1.2' } };
  expect(read({ code: 200, body: JSON.stringify(hmcts) })).toMatchObject({
    format: 'json',
    status: 'pass',
    version: '1.2',
    components: [{ name: 'database', status: 'pass' }],
  });
  const api = { status: 'DOWN', details: 'timeout' };
  const hmpps = { status: 'DOWN', components: { api }, version: '7', uptime: 3.2 };
  expect(read({ code: 500, body: JSON.stringify(hmpps) })).toMatchObject({
    format: 'actuator',
    status: 'fail',
    version: '7',
    components: [{ name: 'api', status: 'fail' }],
  });
});
