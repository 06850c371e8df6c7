import { expect, test } from 'vitest';
import { read } from './read.ts';

test.each([
  ['X1', 'up ready 100%\n', 'pass', undefined],
  ['X1', 'up 50%\n', 'warn', 'degraded'],
  ['X1', 'down #no database\n', 'fail', 'failed'],
  ['X1', 'drain\r', 'fail', 'draining'],
  ['X1', 'maint\n', 'fail', 'maintenance'],
  ['X1', 'stopped\n', 'fail', 'stopped'],
  ['X1', 'UP\tREADY,75%\n', 'warn', 'degraded'],
  ['X2', 'up ready\n', 'pass', undefined],
  ['X2', 'ready down\n', 'fail', 'failed'],
  ['X5', '0%\n', 'fail', 'draining'],
  ['X5', 'up weight:0\n', 'fail', 'draining'],
  ['X5', 'up weight:200\n', 'pass', undefined],
  ['X1', 'maxconn:30\n', 'unknown', 'nothing_told'],
] as const)('%s %j is %s', (_, body, status, reason) => {
  expect(read({ body })).toMatchObject({ format: 'haproxy', status, reason });
});

test('X3 the text after # is told, not understood', () => {
  expect(read({ body: 'up #down for 5%, drain\n' })).toMatchObject({
    status: 'pass',
    said: 'up',
    output: 'down for 5%, drain',
  });
});

test('X4 what comes after the line is not heard', () => {
  expect(read({ body: 'up\ndown\n' })).toMatchObject({ format: 'haproxy', status: 'pass' });
});

test('X5 weight and connections are kept', () => {
  expect(read({ body: 'up 40% maxconn:12' }).extra).toEqual({ weight: 40, maxconn: 12 });
});

test('X7 an answer over HTTP is never an agent’s', () => {
  expect(read({ code: 503, body: 'up' })).toMatchObject({ format: 'plain', status: 'fail' });
});
