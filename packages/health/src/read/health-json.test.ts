import { describe, expect, test } from 'vitest';
import { healthJson } from './health-json.ts';
import { read } from './read.ts';
import type { Told } from './told.ts';

const type = 'application/health+json';
const told = (body: unknown, code = 200): Told => ({
  code,
  contentType: type,
  body: JSON.stringify(body),
});

describe('health+json', () => {
  test('J1 is known by either media type, by parameters or without, and by its checks', () => {
    const body = '{"status":"pass"}';
    for (const contentType of [type, `${type}; charset=utf-8`, 'application/vnd.health+json'])
      expect(read({ code: 200, contentType, body }).format).toBe('health+json');
    expect(read({ body: '{"status":"pass","checks":{"a":[]}}' }).format).toBe('health+json');
    expect(read({ body }).format).toBe('json');
  });

  test.each(['[]', '7', '"pass"', '{', 'null'])(
    'J2 a root that is no object is unknown: %s',
    (body) => {
      expect(healthJson.read({ code: 200, contentType: type, body })).toMatchObject({
        status: 'unknown',
        reason: 'malformed_body',
      });
    },
  );

  test.each([
    ['pass', 200, 'pass', undefined],
    ['warn', 200, 'warn', 'degraded'],
    ['fail', 503, 'fail', 'failed'],
  ] as const)('J3 %s goes with %i', (status, code, expected, reason) => {
    expect(read(told({ status }, code))).toMatchObject({
      status: expected,
      reason,
      disagrees: false,
    });
  });

  test('J4 a warning brings its detail', () => {
    const found = read(told({ status: 'warn', output: 'nearly full', notes: ['a', 'b', 3] }));
    expect(found).toMatchObject({ output: 'nearly full', notes: ['a', 'b'] });
  });

  test('J5 output and affectedEndpoints on pass are no reason for anything less', () => {
    const entry = { status: 'pass', output: '', affectedEndpoints: ['/users/{id}'] };
    const found = read(told({ status: 'pass', output: 'fine', checks: { db: [entry] } }));
    expect(found).toMatchObject({ status: 'pass', reason: undefined, output: 'fine' });
    expect(found.components[0]).toMatchObject({
      status: 'pass',
      output: '',
      affectedEndpoints: ['/users/{id}'],
    });
  });

  test('J6 every entry of every array is a component, and an empty array is an unknown one', () => {
    const checks = { db: [{ status: 'fail' }], cache: [] };
    expect(read(told({ status: 'fail', checks }, 503)).components).toMatchObject([
      { name: 'db', status: 'fail' },
      { name: 'cache', status: 'unknown' },
    ]);
  });

  test('J7 two nodes of one component, and a key of either part or of a URI', () => {
    const node = { status: 'pass', componentId: 'one' };
    const checks = {
      'cpu:utilization': [node, { ...node, componentId: 'two' }],
      uptime: [node],
      'api:https://example.com/latency': [node],
    };
    expect(read(told({ status: 'pass', checks })).components).toMatchObject([
      { name: 'cpu', measurement: 'utilization', id: 'one' },
      { name: 'cpu', measurement: 'utilization', id: 'two' },
      { name: 'uptime', measurement: 'uptime' },
      { name: 'api', measurement: 'https://example.com/latency' },
    ]);
  });

  test('J8 the time is that of the reading', () => {
    const time = '2026-03-01T12:00:00.5+02:00';
    const found = read(told({ status: 'pass', checks: { db: [{ status: 'pass', time }] } }));
    expect(found.components[0]?.at).toBe(Date.UTC(2026, 2, 1, 10, 0, 0, 500));
    const bad = { status: 'pass', time: 'yesterday' };
    const none = read(told({ status: 'pass', checks: { db: [bad] } }));
    expect(none.components[0]?.at).toBeUndefined();
  });

  test.each([0, false, '', null, { nodes: [1] }])('J9 an observed %j survives', (observedValue) => {
    const checks = { db: [{ status: 'pass', observedValue }] };
    expect(read(told({ status: 'pass', checks })).components[0]?.observedValue).toStrictEqual(
      observedValue,
    );
  });

  test('J10 the unit stands beside the value', () => {
    const checks = { db: [{ status: 'pass', observedValue: 250, observedUnit: 'ms' }] };
    expect(read(told({ status: 'pass', checks })).components[0]).toMatchObject({
      observedValue: 250,
      observedUnit: 'ms',
    });
  });

  test('J11 links are absolute URIs or left out', () => {
    const links = { about: 'https://example.com/', odd: 'not a uri', up: 7 };
    const found = read(
      told({ status: 'pass', links, checks: { db: [{ status: 'pass', links }] } }),
    );
    expect(found.links).toEqual({ about: 'https://example.com/' });
    expect(found.components[0]?.links).toEqual(found.links);
  });

  test('J12 unknown keys are kept as they came', () => {
    const entry = { status: 'pass', node: 1, deep: { a: [1] } };
    const found = read(told({ status: 'pass', region: 'eu', checks: { db: [entry] } }));
    expect(found.extra).toEqual({ region: 'eu' });
    expect(found.components[0]?.extra).toEqual({ node: 1, deep: { a: [1] } });
  });

  test.each([
    ['OK', 200, 'pass'],
    ['Up', 200, 'pass'],
    ['PASS', 200, 'pass'],
    ['DOWN', 503, 'fail'],
    ['Error', 503, 'fail'],
    ['fAiL', 500, 'fail'],
    ['wArN', 207, 'warn'],
    ['splendid', 200, 'unknown'],
    [7, 200, 'unknown'],
    [null, 200, 'unknown'],
    ['constructor', 200, 'unknown'],
    ['__proto__', 200, 'unknown'],
  ] as const)('J13 %s with %i is %s', (status, code, expected) => {
    expect(read(told({ status }, code)).status).toBe(expected);
  });

  test('J13 one object in place of an array, and a bare word in place of an object', () => {
    const checks = { db: { status: 'up' }, cache: 'DOWN', queue: null };
    expect(read(told({ status: 'ok', checks })).components).toMatchObject([
      { name: 'db', status: 'pass' },
      { name: 'cache', status: 'fail' },
      { name: 'queue', status: 'unknown' },
    ]);
  });

  test('J13 a root that passes with children that warn is what the root says', () => {
    const checks = { 'memory:utilization': [{ status: 'warn', output: '', observedValue: 85 }] };
    const found = read(told({ status: 'pass', version: '1', releaseId: '1.2.2', checks }));
    expect(found).toMatchObject({ status: 'pass', version: '1', releaseId: '1.2.2' });
    expect(found.components[0]).toMatchObject({ status: 'warn', output: '' });
  });

  test.each([
    ['pass', 503, 'fail', 'http_503'],
    ['warn', 500, 'fail', 'http_500'],
    ['fail', 200, 'fail', 'failed'],
  ] as const)('J14 %s with %i is the worse, and told', (status, code, expected, reason) => {
    expect(read(told({ status }, code))).toMatchObject({
      status: expected,
      reason,
      disagrees: true,
    });
  });

  test('J14 a redirect and no code say nothing against the body; 429 is a warning for Consul', () => {
    expect(read(told({ status: 'pass' }, 302))).toMatchObject({ status: 'pass', disagrees: false });
    expect(read({ contentType: type, body: '{"status":"fail"}' })).toMatchObject({
      status: 'fail',
      disagrees: false,
    });
    expect(read(told({ status: 'warn' }, 429))).toMatchObject({ status: 'warn', disagrees: false });
    expect(read(told({ status: 'pass' }, 429))).toMatchObject({ status: 'fail', disagrees: true });
  });
});
