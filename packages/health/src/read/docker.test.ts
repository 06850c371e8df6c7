import { expect, test } from 'vitest';
import { read } from './read.ts';

const health = (Status: string, more: object = {}) => ({
  Status,
  FailingStreak: 2,
  Log: [
    { Start: '2026-03-01T12:00:00Z', End: '2026-03-01T12:00:01Z', ExitCode: 0, Output: 'old' },
    { Start: '2026-03-01T12:01:00Z', End: '2026-03-01T12:01:01Z', ExitCode: 1, Output: 'new' },
  ],
  ...more,
});
const told = (body: unknown) => read({ body: JSON.stringify(body) });

test.each([
  ['healthy', 'pass', undefined],
  ['unhealthy', 'fail', 'failed'],
  ['starting', 'unknown', 'starting'],
  ['none', 'unknown', 'no_health_check'],
] as const)('%s is %s', (word, status, reason) => {
  const bare = told(health(word));
  const whole = told([{ Name: '/shop', State: { Status: 'running', Health: health(word) } }]);
  expect(bare).toMatchObject({ format: 'docker', status, reason, output: 'new' });
  expect(whole).toMatchObject({ format: 'docker', status, reason, components: [{ name: 'shop' }] });
});

test('the newest entry of the log is the reading', () => {
  expect(told(health('unhealthy')).components[0]).toMatchObject({
    at: Date.UTC(2026, 2, 1, 12, 1, 1),
    measurement: 'failingStreak',
    observedValue: 2,
  });
});

test('a stopped container is not as well as it was', () => {
  const found = told([{ Name: '/shop', State: { Status: 'exited', Health: health('healthy') } }]);
  expect(found).toMatchObject({ status: 'fail', reason: 'not_running' });
});

test('a container without a health check is unknown, however long it runs', () => {
  const found = told([{ Name: '/shop', State: { Status: 'running' } }]);
  expect(found).toMatchObject({ format: 'docker', status: 'unknown', reason: 'no_health_check' });
});

test.each([
  [0, 'pass', undefined],
  [1, 'fail', 'exit_1'],
  [2, 'fail', 'exit_2'],
] as const)('D1 as a hint: a command that ended with %i', (exitCode, status, reason) => {
  const found = read({ exitCode, body: 'curl: (7) refused' }, 'docker');
  expect(found).toMatchObject({ status, reason, output: 'curl: (7) refused' });
});
