import { expect, test } from 'vitest';
import { aspnet } from './aspnet.ts';
import { timeSpan } from './component.ts';
import { read } from './read.ts';

const body = (status: string | undefined, entries: object): string =>
  JSON.stringify({ status, totalDuration: '00:00:00.1200000', entries });

test.each([
  ['Healthy', 200, 'pass'],
  ['Degraded', 200, 'warn'],
  ['Unhealthy', 503, 'fail'],
] as const)('N2 %s with %i is %s', (status, code, expected) => {
  const found = read({ code, body: body(status, { db: { status, duration: '00:00:01' } }) });
  expect(found).toMatchObject({ format: 'aspnet', status: expected, disagrees: false });
  expect(found.components[0]).toMatchObject({ name: 'db', status: expected, durationMs: 1_000 });
});

test.each([
  [['Healthy', 'Degraded', 'Unhealthy'], 'fail'],
  [['Healthy', 'Degraded'], 'warn'],
  [['Healthy', 'Healthy'], 'pass'],
  [[], 'unknown'],
] as const)('N1 without a sum the lowest of %j counts: %s', (words, status) => {
  const entries = Object.fromEntries(words.map((word, n) => [`c${n}`, { status: word }]));
  expect(aspnet.read({ body: body(undefined, entries) }).status).toBe(status);
});

test('N3 a check that ran out of time says so in its description', () => {
  const description = 'A timeout occurred while running check.';
  const found = read({
    code: 503,
    body: body('Unhealthy', { db: { status: 'Unhealthy', description } }),
  });
  expect(found.components[0]).toMatchObject({ status: 'fail', output: description });
});

test('N5 without an entry what the root says counts', () => {
  expect(read({ code: 200, body: body('Healthy', {}) })).toMatchObject({
    format: 'aspnet',
    status: 'pass',
  });
});

test.each([
  ['00:00:00.0123456', 12.3456],
  ['00:01:02', 62_000],
  ['1.02:03:04.5', 93_784_500],
  ['12', undefined],
  ['', undefined],
] as const)('N7 the TimeSpan %j is %s ms', (text, ms) => {
  if (ms === undefined) expect(timeSpan(text)).toBeUndefined();
  else expect(timeSpan(text)).toBeCloseTo(ms, 6);
});

test('N8 what is left out is undefined, what is null is kept as such', () => {
  const entries = { db: { status: 'Healthy', data: {}, tags: ['sql'], exception: null } };
  const [found] = read({ code: 200, body: body('Healthy', entries) }).components;
  expect(found).toMatchObject({ output: undefined, durationMs: undefined });
  expect(found?.extra).toEqual({ data: {}, tags: ['sql'], exception: null });
});
