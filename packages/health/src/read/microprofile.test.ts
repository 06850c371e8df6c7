import { expect, test } from 'vitest';
import { microprofile } from './microprofile.ts';
import { read } from './read.ts';
import type { Read } from './told.ts';

const told = (status: string, checks: unknown, code = status === 'UP' ? 200 : 503): Read =>
  read({ code, contentType: 'application/json', body: JSON.stringify({ status, checks }) });
const one = (name: string, status: string) => ({ name, status });

test.each(['M1 live', 'M3 ready', 'M5 started'])('%s: one check that is up', () => {
  expect(told('UP', [one('successful-check', 'UP')])).toMatchObject({
    format: 'microprofile',
    status: 'pass',
    components: [{ name: 'successful-check', status: 'pass' }],
  });
});

test.each(['M2 live', 'M4 ready', 'M6 started'])('%s: one check that is down, with 503', () => {
  expect(told('DOWN', [one('failed-check', 'DOWN')])).toMatchObject({
    format: 'microprofile',
    status: 'fail',
    disagrees: false,
    components: [{ name: 'failed-check', status: 'fail', reason: 'failed' }],
  });
});

test.each(['M7 live', 'M8 ready', 'M9 started'])('%s: one is up and one is down', () => {
  const found = told('DOWN', [one('a', 'UP'), one('b', 'DOWN')]);
  expect(found.status).toBe('fail');
  expect(found.components.map(({ name, status }) => [name, status])).toEqual([
    ['a', 'pass'],
    ['b', 'fail'],
  ]);
});

test('M10 the union of three kinds', () => {
  expect(
    told(
      'UP',
      ['a', 'b', 'c'].map((name) => one(name, 'UP')),
    ).components,
  ).toHaveLength(3);
});

test('M11 nothing installed: what the root says', () => {
  expect(told('UP', [])).toMatchObject({ format: 'microprofile', status: 'pass', components: [] });
  expect(told('DOWN', [])).toMatchObject({ status: 'fail', components: [] });
});

test('M13 the keys of data are kept', () => {
  const data = { 'first-key': 'first-val', 'second-key': 2, third: true };
  expect(told('UP', [{ ...one('a', 'UP'), data }]).components[0]?.extra).toEqual({ data });
});

test.each([
  ['{"status":"MAYBE","checks":[]}', 'json'],
  ['{"status":"UP","checks":[{"name":"a"}]}', 'json'],
  ['{"status":"UP","checks":{}}', 'json'],
] as const)('M14 what does not keep to the schema is not taken for it: %s', (body, format) => {
  expect(read({ code: 200, body }).format).toBe(format);
  expect(microprofile.read({ code: 200, body }).format).toBe('microprofile');
});

test('M17 a check that threw stands beside the others', () => {
  const thrown = { ...one('com.example.Broken', 'DOWN'), data: { rootCause: 'refused' } };
  expect(told('DOWN', [thrown, one('a', 'UP')]).components).toMatchObject([
    { name: 'com.example.Broken', status: 'fail' },
    { name: 'a', status: 'pass' },
  ]);
});

test('M18 of two entries of one name both are told', () => {
  expect(told('UP', [one('a', 'UP'), one('a', 'UP')]).components).toHaveLength(2);
});

test('500 says that the service could not tell', () => {
  expect(read({ code: 500 })).toMatchObject({ status: 'fail', reason: 'http_500' });
});
