import { expect, test } from 'vitest';
import { read } from './read.ts';

test.each([
  [200, 'OK', 'pass', undefined],
  [200, '', 'pass', undefined],
  [204, '', 'pass', undefined],
  [200, 'I am the shop.', 'pass', undefined],
  [200, 'SERVER_IS_READY', 'pass', undefined],
  [500, 'SERVER_IS_SHUTTING_DOWN', 'fail', 'draining'],
  [500, 'SERVER_IS_NOT_READY', 'fail', 'not_ready'],
  [503, '', 'fail', 'http_503'],
  [404, 'nobody here', 'fail', 'http_404'],
  [302, '', 'unknown', 'http_302'],
  [undefined, '', 'unknown', 'nothing_told'],
  [undefined, 'hm', 'unknown', 'nothing_told'],
] as const)('%s %j is %s', (code, body, status, reason) => {
  const told = code === undefined ? { body } : { code, body };
  expect(read(told)).toMatchObject({ format: 'plain', status, reason, disagrees: false });
});

test.each([
  ['Healthy', 200, 'pass'],
  ['Degraded', 200, 'warn'],
  ['Unhealthy', 503, 'fail'],
] as const)('N2 the text %s with %i is %s', (body, code, status) => {
  const found = read({ code, contentType: 'text/plain', body });
  expect(found).toMatchObject({ status, said: body, disagrees: false });
});

test('a word before a text counts when it contradicts the code', () => {
  expect(read({ code: 200, body: 'DOWN: no database\n' })).toMatchObject({
    status: 'fail',
    disagrees: true,
    output: 'DOWN: no database',
  });
});

test('of a page for people only the code counts', () => {
  const body = '<!DOCTYPE html><title>DOWN</title>';
  expect(read({ code: 200, body })).toMatchObject({ format: 'html', status: 'pass' });
  expect(read({ code: 502, contentType: 'text/html', body: 'UP' })).toMatchObject({
    format: 'html',
    status: 'fail',
    reason: 'http_502',
  });
});

test.each([
  ['x-envoy-immediate-health-check-fail', 'fail', 'immediate_fail'],
  ['x-envoy-degraded', 'warn', 'degraded'],
] as const)('E6 the header %s makes any answer %s at once', (name, status, reason) => {
  const headers = { [name]: '' };
  expect(read({ code: 200, headers, body: 'ok' })).toMatchObject({ status, reason });
  expect(read({ code: 503, headers, body: 'ok' })).toMatchObject({ status: 'fail' });
});
