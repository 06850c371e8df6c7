import { expect, test } from 'vitest';
import { read } from './read.ts';

const check = (Name: string, Status: string, more: object = {}) => ({
  Node: 'n1',
  CheckID: `service:${Name}`,
  Name,
  Status,
  Output: 'said',
  ...more,
});
const told = (body: unknown, code = 200) => read({ code, body: JSON.stringify(body) });

test.each([
  [200, 'pass'],
  [204, 'pass'],
  [302, 'fail'],
  [404, 'fail'],
  [429, 'warn'],
  [500, 'fail'],
] as const)('C1 as a hint: %i is what Consul makes of it, %s', (code, status) => {
  const found = read({ code, body: 'whatever it says: {"status":"fail"}' }, 'consul');
  expect(found).toMatchObject({ format: 'consul', status, disagrees: false });
});

test('C1 without the hint 429 is a failure', () => {
  expect(read({ code: 429, body: '' })).toMatchObject({ status: 'fail', reason: 'http_429' });
});

test.each([
  ['passing', 200, 'pass'],
  ['warning', 429, 'warn'],
  ['critical', 503, 'fail'],
  ['maintenance', 503, 'fail'],
] as const)('C1 the agent’s sum %s comes with %i', (AggregatedStatus, code, status) => {
  const body = { AggregatedStatus, Service: { ID: 'web' }, Checks: [check('web', 'passing')] };
  expect(told(body, code)).toMatchObject({ format: 'consul', status, disagrees: false });
});

test('C4 the output of a check is kept to 4,096 characters', () => {
  const found = told([check('web', 'passing', { Output: 'é'.repeat(5_000) })]);
  expect(found.components[0]?.output).toHaveLength(4_096);
});

test('checks come by name, in a list, and within services', () => {
  const two = [check('a', 'passing'), check('b', 'warning')];
  for (const body of [
    Object.fromEntries(two.map((one) => [one.CheckID, one])),
    two,
    [{ Node: {}, Checks: two }],
  ]) {
    expect(told(body)).toMatchObject({
      format: 'consul',
      status: 'warn',
      components: [
        { name: 'a', status: 'pass', output: 'said' },
        { name: 'b', status: 'warn' },
      ],
    });
  }
});

test('maintenance is a critical check of a known name', () => {
  const body = [check('Node Maintenance Mode', 'critical', { CheckID: '_node_maintenance' })];
  expect(told(body)).toMatchObject({ status: 'fail', reason: 'maintenance' });
});
