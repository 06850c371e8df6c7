import { expect, test } from 'vitest';
import { read } from './read.ts';

const told = (body: unknown, code = 200) => read({ code, body: JSON.stringify(body) });

test.each([
  [{ status: 'ok' }, 'pass'],
  [{ statusCode: 200, status: 'ok' }, 'pass'],
  [{ status: 200 }, 'pass'],
  [{ status: 'shutting_down' }, 'fail'],
  [{ status: 'green', number_of_nodes: 3 }, 'pass'],
  [{ status: 'yellow' }, 'warn'],
  [{ healthy: true }, 'pass'],
  [{ isHealthy: false }, 'fail'],
  [{ state: 'RUNNING' }, 'pass'],
  [{ status: { indicator: 'none', description: 'All well' } }, 'pass'],
  [{ status: { indicator: 'minor' } }, 'warn'],
  [{ status: { indicator: 'odd' } }, 'unknown'],
  ['UP', 'pass'],
  [true, 'pass'],
  [{ uptime: 12.3 }, 'pass'],
  [{ uptime: 12.3, error: 'no database' }, 'unknown'],
  [{ hello: 'world' }, 'unknown'],
  [{ status: 'Partially Available' }, 'warn'],
  [[], 'unknown'],
  [{}, 'unknown'],
  [null, 'unknown'],
])('%j with 200 is %s', (body, status) => {
  expect(told(body)).toMatchObject({ format: 'json', status });
});

test('the worst check counts where there is no sum', () => {
  const checks = [
    { name: 'disk', status: 'ok', message: 'fine' },
    { name: 'heap', status: 'warning' },
  ];
  expect(told({ checks })).toMatchObject({ status: 'warn', reason: 'degraded', said: undefined });
  expect(told(checks).components).toMatchObject([
    { name: 'disk', status: 'pass', output: 'fine' },
    { name: 'heap', status: 'warn' },
  ]);
});

test('checks may stand beside the status at the root', () => {
  const found = told(
    { status: 'DOWN', database: { status: 'DOWN' }, buildInfo: { version: '3' } },
    503,
  );
  expect(found).toMatchObject({ status: 'fail', version: '3' });
  expect(found.components).toMatchObject([{ name: 'database', status: 'fail' }]);
});

test('what calls itself JSON and is none is unknown, or as bad as its code', () => {
  const broken = { contentType: 'application/json', body: '{"status":"ok"' };
  expect(read({ ...broken, code: 200 })).toMatchObject({
    status: 'unknown',
    reason: 'malformed_body',
  });
  expect(read({ ...broken, code: 500 })).toMatchObject({ status: 'fail', reason: 'http_500' });
});
