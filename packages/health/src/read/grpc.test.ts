import fc from 'fast-check';
import { expect, test } from 'vitest';
import { read } from './read.ts';

const contentType = 'application/grpc';
const varint = (value: number): number[] =>
  value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
const bytes = (number: number, inner: readonly number[]): number[] => [
  number * 8 + 2,
  ...varint(inner.length),
  ...inner,
];
const response = (status: number): number[] => (status === 0 ? [] : [8, ...varint(status)]);
const frame = (message: readonly number[]): number[] => [0, ...int32(message.length), ...message];
const int32 = (n: number): number[] => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
const told = (body: readonly number[], status = '0') =>
  read({
    code: 200,
    headers: { 'content-type': contentType, 'grpc-status': status },
    body: Uint8Array.from(body),
  });
const entry = (name: string, status: number): number[] =>
  bytes(1, [...bytes(1, [...Buffer.from(name)]), ...bytes(2, response(status))]);

test.each([
  ['G1', 1, 'pass', undefined, 'SERVING'],
  ['G2', 2, 'fail', 'not_serving', 'NOT_SERVING'],
  ['G7', 3, 'unknown', 'service_unknown', 'SERVICE_UNKNOWN'],
  ['G1', 0, 'unknown', 'unknown', 'UNKNOWN'],
  ['G1', 200, 'unknown', 'unknown_status', undefined],
] as const)('%s status %i is %s', (_, number, status, reason, said) => {
  expect(told(frame(response(number)))).toMatchObject({ format: 'grpc', status, reason, said });
});

test.each([
  ['G3', '5', 'unknown', 'service_unknown'],
  ['G5', '12', 'unknown', 'not_implemented'],
  ['G13', '8', 'fail', 'too_many'],
  ['G17', '4', 'fail', 'timeout'],
  ['G17', '14', 'fail', 'unavailable'],
  ['G17', '99', 'fail', 'grpc_99'],
] as const)('%s a call that ended with %s', (_, code, status, reason) => {
  expect(told([], code)).toMatchObject({ status, reason });
});

test('G7 of a stream the newest message counts', () => {
  expect(told([...frame(response(3)), ...frame(response(1))]).status).toBe('pass');
  expect(told([...frame(response(1)), ...frame(response(2)), 0, 0]).status).toBe('fail');
});

test('G11 a list has all services by name', () => {
  const found = told(frame([...entry('', 1), ...entry('shop', 2), ...entry('x'.repeat(200), 1)]));
  expect(found).toMatchObject({ status: 'fail', reason: 'not_serving' });
  expect(found.components.map(({ name, status }) => [name, status])).toEqual([
    ['', 'pass'],
    ['shop', 'fail'],
    ['x'.repeat(200), 'pass'],
  ]);
});

test('G12 an empty list says nothing, as a Check that answers UNKNOWN', () => {
  expect(told(frame([])).status).toBe('unknown');
});

test('G1 a message without its frame, and unknown fields around the known one', () => {
  const bare = { body: Uint8Array.from([8, 1]) };
  expect(read(bare, 'grpc').status).toBe('pass');
  const around = [...bytes(9, [1, 2, 3]), 0x11, 1, 2, 3, 4, 5, 6, 7, 8, 0x1d, 1, 2, 3, 4, 8, 1];
  expect(told(frame(around)).status).toBe('pass');
});

test.each([
  ['nothing', []],
  ['half a frame', [0, 0, 0, 0, 9, 8, 1]],
  ['a compressed frame', [1, 0, 0, 0, 2, 8, 1]],
  ['a number without end', frame([8, 0xff])],
  ['a field longer than all', frame([0x0a, 0x7f, 1])],
  ['a group', frame([0x0b])],
])('G1 %s is malformed', (_, body) => {
  expect(told(body)).toMatchObject({ status: 'unknown', reason: 'malformed_body' });
});

test('G1 no bytes make it throw or pass without a 1 in them', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (body) => {
      const { status } = read({ contentType, body });
      expect(status !== 'pass' || body.includes(1)).toBe(true);
    }),
  );
});
