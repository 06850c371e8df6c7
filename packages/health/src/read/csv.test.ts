import { expect, test } from 'vitest';
import { read } from './read.ts';

const told = (body: string) => read({ code: 200, contentType: 'text/csv; charset=utf-8', body });

test('each row is a component, and the worst counts', () => {
  const found = told('Name,Status,message\r\ndb,UP,\r\n"disk, root",warn,"7 ""%"" free"\r\n');
  expect(found).toMatchObject({ format: 'csv', status: 'warn' });
  expect(found.components).toMatchObject([
    { name: 'db', status: 'pass', output: '' },
    { name: 'disk, root', status: 'warn', output: '7 "%" free' },
  ]);
});

test.each([
  ['name;status\ndb;DOWN', 'fail'],
  ['status\tcheck\nok\tdb\n', 'pass'],
  ['name,status\ndb,splendid\n', 'unknown'],
  ['name,status\ndb\n', 'unknown'],
  ['name,status\n', 'unknown'],
  ['name,colour\ndb,red\n', 'unknown'],
  ['name,status\n"db,UP\n', 'unknown'],
  ['', 'unknown'],
])('%j is %s', (body, status) => {
  expect(told(body).status).toBe(status);
});

test('is known by its header', () => {
  expect(read({ code: 200, body: 'check,status\ndb,UP\n' })).toMatchObject({
    format: 'csv',
    status: 'pass',
  });
  expect(read({ code: 200, body: 'status, I think, is fine' }).format).toBe('plain');
});

test('of many rows the first thousand are read', () => {
  expect(told(`name,status\n${'db,UP\n'.repeat(3_000)}`).components).toHaveLength(1_000);
});
