import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { actuator } from './actuator.ts';
import { read } from './read.ts';
import type { Read } from './told.ts';

const told = (body: unknown, code = 200, contentType = 'application/json'): Read =>
  read({ code, contentType, body: JSON.stringify(body) });
const members = (...words: readonly string[]) => ({
  components: Object.fromEntries(words.map((status, n) => [`c${n}`, { status }])),
});

describe('a composite that does not say how it is', () => {
  test.each([
    ['A1', ['DOWN', 'UP', 'UNKNOWN', 'OUT_OF_SERVICE'], 'fail', 'failed'],
    ['A1', ['UP', 'OUT_OF_SERVICE'], 'fail', 'out_of_service'],
    ['A3', ['CUSTOM', 'UP'], 'pass', undefined],
    ['A4', ['CUSTOM'], 'unknown', 'unknown'],
    ['A5', ['out-of-service', 'up'], 'fail', 'out_of_service'],
    ['A6', ['UP', 'UNKNOWN'], 'pass', undefined],
  ] as const)('%s %j is %s (%s)', (_, words, status, reason) => {
    const found = actuator.read({ body: JSON.stringify(members(...words)) });
    expect(found).toMatchObject({ format: 'actuator', status, reason });
  });

  test('A2 the root’s own word stands, in whatever order its aggregator has', () => {
    expect(told({ status: 'UNKNOWN', ...members('UNKNOWN', 'UP', 'DOWN') }).status).toBe('unknown');
  });

  test('A6 it is as well inside of another one', () => {
    const found = told({ status: 'UP', components: { db: members('UP', 'UNKNOWN') } });
    expect(found.components).toMatchObject([
      { name: 'db', status: 'pass' },
      { name: 'db/c0', status: 'pass' },
      { name: 'db/c1', status: 'unknown' },
    ]);
  });
});

test('A4 UNKNOWN with 200 is unknown, and no contradiction', () => {
  const found = told({ status: 'UNKNOWN', components: {}, groups: [] });
  expect(found).toMatchObject({ format: 'actuator', status: 'unknown', disagrees: false });
});

test('A7 DOWN with 200, the trap of a mapping of one’s own, is down', () => {
  const found = told({ status: 'DOWN', ...members('DOWN') });
  expect(found).toMatchObject({ status: 'fail', disagrees: true });
});

test('A9 a body without components is understood by its status', () => {
  expect(told({ status: 'OUT_OF_SERVICE' }, 503)).toMatchObject({
    status: 'fail',
    reason: 'out_of_service',
  });
});

test('A10 the groups are told where there are any', () => {
  const groups = ['liveness', 'readiness'];
  expect(told({ status: 'UP', groups })).toMatchObject({ format: 'actuator', groups });
  expect(told({ status: 'UP', ...members('UP') }).groups).toEqual([]);
});

test('A11 members of a nested composite are named by their path', () => {
  const test = { components: { primary: { status: 'UP' } } };
  const { components } = told({ status: 'UP', components: { test } });
  expect(components.map(({ name }) => name)).toEqual(['test', 'test/primary']);
});

test('A12 version 2 has its members in `details`, version 3 in `components`', () => {
  const disk = { status: 'UP', details: { total: 100, free: 7 } };
  const v2 = { status: 'UP', details: { diskSpace: disk, db: { details: { a: disk } } } };
  const second = told(v2, 200, 'application/vnd.spring-boot.actuator.v2+json;charset=UTF-8');
  const v3 = { status: 'UP', components: { diskSpace: disk, db: { components: { a: disk } } } };
  const third = told(v3, 200, 'application/vnd.spring-boot.actuator.v3+json');
  expect(third.components.map(({ name }) => name)).toEqual(['diskSpace', 'db', 'db/a']);
  expect(third.components[0]?.extra).toEqual({ details: { total: 100, free: 7 } });
  expect(second.components[0]).toEqual(third.components[0]);
});

test('A13 components come in the order of the body', () => {
  const names = told({ status: 'UP', components: { b: { status: 'UP' }, a: { status: 'UP' } } });
  expect(names.components.map(({ name }) => name)).toEqual(['b', 'a']);
});

test('A14 an empty registry is up', () => {
  const type = 'application/vnd.spring-boot.actuator.v3+json';
  expect(told({ status: 'UP' }, 200, type)).toMatchObject({
    format: 'actuator',
    status: 'pass',
    components: [],
  });
});

test('A16 liveness up and readiness out of service, as during a drain', () => {
  expect(told({ status: 'UP', components: { livenessState: { status: 'UP' } } }).status).toBe(
    'pass',
  );
  const readinessState = { status: 'OUT_OF_SERVICE' };
  const ready = { status: 'OUT_OF_SERVICE', components: { readinessState } };
  expect(told(ready, 503)).toMatchObject({ status: 'fail', reason: 'out_of_service' });
});

test('a description is the output', () => {
  expect(told({ status: 'DOWN', description: 'no database', groups: [] }, 503).output).toBe(
    'no database',
  );
});

test('of deep nesting the first levels are read, of many members the first thousand', () => {
  let deep: object = { status: 'UP' };
  for (let level = 0; level < 1_000; level += 1) deep = { status: 'UP', components: { a: deep } };
  expect(told(deep).components).toHaveLength(16);
  const words = Array.from({ length: 5_000 }, () => 'UP');
  expect(told({ status: 'UP', ...members(...words) }).components).toHaveLength(1_000);
  expect(told(members(...words, 'DOWN')).status).toBe('fail');
});

test('a word outside of the order changes nothing', () => {
  const words = fc.constantFrom<string>('UP', 'DOWN', 'OUT_OF_SERVICE', 'UNKNOWN');
  fc.assert(
    fc.property(fc.array(words, { minLength: 1 }), fc.nat(), (some, place) => {
      const mixed = some.toSpliced(place % (some.length + 1), 0, 'CUSTOM');
      const status = (list: readonly string[]) =>
        actuator.read({ body: JSON.stringify(members(...list)) }).status;
      expect(status(mixed)).toBe(status(some));
    }),
  );
});
