/** Looking at services that tell how they are, over real sockets. */
import { http } from '@vitalgate/health/check/http';
import { toReport } from '@vitalgate/health/read/to-report';
import { expect, test } from 'vitest';
import { serve } from './servers.ts';

const tells = (code: number, type: string, body: string) =>
  serve((_, response) => response.writeHead(code, { 'content-type': type }).end(body));

test('J14 a service that says it is down is down, though it answers 200', async () => {
  const url = await tells(200, 'application/health+json', '{"status":"fail"}');
  expect(await http({ url })()).toMatchObject({ status: 'pass', code: 200 });
  const found = await http({ url, read: true })();
  expect(found).toMatchObject({ status: 'fail', reason: 'failed', fault: 'provider', code: 200 });
  expect(found.told?.reveal()).toMatchObject({ format: 'health+json', disagrees: true });
});

test.each([
  [200, 'text/plain', 'Degraded', 'warn', 'degraded'],
  [429, 'application/json', '{"status":"warning"}', 'warn', 'degraded'],
  [200, 'application/json', '{"status":"splendid"}', 'fail', 'unknown_status'],
  [200, 'application/json', '{"status":"UP"', 'fail', 'malformed_body'],
  [503, 'text/html', '<html>UP</html>', 'fail', 'http_503'],
  [302, 'text/plain', '', 'fail', 'http_302'],
] as const)('%i %s %s is %s: %s', async (code, type, body, status, reason) => {
  const url = await tells(code, type, body);
  expect(await http({ url, read: true })()).toMatchObject({ status, reason, code });
});

test('the format may be named, and an expectation added', async () => {
  const url = await tells(429, 'text/plain', 'slow');
  expect(await http({ url, read: 'consul' })()).toMatchObject({
    status: 'warn',
    reason: 'http_429',
  });
  const expects = http({ url, read: 'consul', expect: () => 'not_that_one' });
  expect(await expects()).toMatchObject({ status: 'fail', reason: 'not_that_one' });
});

test('measures what the service measured, and tells its texts to the trusted alone', async () => {
  const body = {
    status: 'warn',
    output: 'db at 10.0.0.7 is slow',
    checks: { 'db:responseTime': [{ status: 'warn', observedValue: 250, observedUnit: 'ms' }] },
  };
  const url = await tells(200, 'application/health+json', JSON.stringify(body));
  const found = await http({ url, read: true })();
  expect(found.measured).toEqual([{ name: 'db.responseTime', value: 250, unit: 'ms' }]);
  expect(found.detail?.reveal()).toBe('db at 10.0.0.7 is slow');
  expect(JSON.stringify(found)).not.toContain('10.0.0.7');
});

test('a body longer than a look’s usual 64 KiB is read whole', async () => {
  const pad = 'x'.repeat(100_000);
  const url = await tells(200, 'application/json', `{"pad":"${pad}","status":"UP"}`);
  expect(await http({ url, read: true })()).toMatchObject({ status: 'pass' });
  const brief = http({ url, read: true, maxBytes: 1_000 });
  expect(await brief()).toMatchObject({ status: 'fail', reason: 'malformed_body' });
});

test('what was read can be told on', async () => {
  const url = await tells(
    503,
    'application/json',
    '{"status":"DOWN","components":{"db":{"status":"DOWN"}}}',
  );
  const { told } = await http({ url, read: true })();
  if (told === undefined) expect.unreachable();
  expect(toReport(told.reveal(), { at: 1, instance: url })).toMatchObject({
    status: 'fail',
    reasons: ['failed', 'db:failed'],
    checks: [{ name: 'db', status: 'fail' }],
  });
});
