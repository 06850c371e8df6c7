import { expect, test } from 'vitest';
import { read } from './read.ts';

const told = (body: string) => read({ code: 200, contentType: 'application/yaml', body });

test.each([
  ['status: UP\n', 'pass'],
  ['---\nstatus: "DOWN" # since noon\nversion: 1.2.3\n', 'fail'],
  ["status: 'warn'\r\n", 'warn'],
  ['healthy: true\n', 'pass'],
  ['healthy: False\n', 'fail'],
  ['uptime: 12.5\n', 'pass'],
  ['hello: world\n', 'unknown'],
  ['- a\n- b\n', 'unknown'],
  ['', 'unknown'],
])('%j is %s', (body, status) => {
  expect(told(body)).toMatchObject({ format: 'yaml', status });
});

test('is known by its first line', () => {
  expect(read({ code: 200, body: 'status: UP\nversion: "7"\n' })).toMatchObject({
    format: 'yaml',
    status: 'pass',
    version: '7',
  });
});

test('only the flat part is read: nothing nested, anchored, tagged or folded', () => {
  expect(told('status: UP\nchecks:\n  status: DOWN\n  db: DOWN\n')).toMatchObject({
    status: 'pass',
    components: [],
  });
  for (const value of ['&a UP', '*a', '!!str UP', '>', '|', '{a: UP}', '[UP]'])
    expect(told(`status: ${value}\n`).status).toBe('unknown');
  const laughs = 'a: &a [x,x]\nb: &b [*a,*a]\nstatus: *b\n';
  expect(told(laughs)).toMatchObject({ status: 'unknown' });
});
