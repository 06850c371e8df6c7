import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isAlert } from './range.ts';
import { read } from './read.ts';
import type { Component } from './told.ts';

describe('a range', () => {
  test.each([
    ['R1', '10', [-0.1, 10.1], [0, 5, 10]],
    ['R2', '10:', [9.9, -1], [10, 1e9]],
    ['R3', '~:10', [10.1], [-1e9, 10]],
    ['R4', '10:20', [9, 21], [10, 20]],
    ['R5', '@10:20', [10, 15, 20], [9.9, 20.1]],
    ['R1', '-5:-1.5', [-1, -6], [-2]],
    ['R5', '@~:0', [-1, 0], [1]],
  ] as const)('%s %s alerts for %j and not for %j', (_, range, alerts, calm) => {
    expect(alerts.map((value) => isAlert(range, value))).toEqual(alerts.map(() => true));
    expect(calm.map((value) => isAlert(range, value))).toEqual(calm.map(() => false));
  });

  test.each(['', '@', 'ten', '20:10', '1e3', ':', '1:2:3', '~'])('R5 %j is none', (range) => {
    expect(isAlert(range, 1)).toBeUndefined();
  });

  test('R5 @ turns any valid range around', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(), fc.integer(), (start, span, value) => {
        const range = `${start}:${start + span}`;
        expect(isAlert(`@${range}`, value)).toBe(isAlert(range, value) === false);
      }),
    );
  });
});

test.each([
  [0, 'OK', 'pass', undefined],
  [1, 'WARNING', 'warn', 'degraded'],
  [2, 'CRITICAL', 'fail', 'failed'],
  [3, 'UNKNOWN', 'unknown', 'unknown'],
] as const)('R6 exit code %i, with its word or without', (exitCode, word, status, reason) => {
  const expected = { format: 'nagios', status, reason, disagrees: false };
  expect(read({ exitCode, body: `DISK ${word} - 5% free` })).toMatchObject({
    ...expected,
    said: word,
  });
  expect(read({ exitCode, body: '' })).toMatchObject(expected);
  expect(read({ body: `HTTP ${word}: HTTP/1.1 200 OK` })).toMatchObject(expected);
});

test.each([
  [4, ''],
  [127, 'sh: check_disk: not found'],
  [-1, ''],
  [0.5, ''],
])('R6 exit code %d is no verdict', (exitCode, body) => {
  expect(read({ exitCode, body })).toMatchObject({ status: 'unknown', reason: `exit_${exitCode}` });
});

test('R6 a code and a word that contradict each other', () => {
  expect(read({ exitCode: 0, body: 'DISK CRITICAL' })).toMatchObject({
    status: 'fail',
    disagrees: true,
  });
  expect(read({ exitCode: 2, body: 'DISK OK' })).toMatchObject({ status: 'fail', disagrees: true });
});

test('R7 a plugin that ran out of time does not know, whatever it had said', () => {
  expect(read({ exitCode: 3, body: 'OK - so far' })).toMatchObject({ status: 'unknown' });
});

const data = (text: string): readonly Component[] =>
  read({ exitCode: 0, body: `OK | ${text}` }).components;

test('R8 performance data with quotes, units and thresholds', () => {
  expect(
    data("time=0.02s;1;2;0;10 '/var log'=95%;80;90 'it''s'=-3 load=1.5;~:1;@5:9"),
  ).toMatchObject([
    { name: 'time', observedValue: 0.02, observedUnit: 's', status: 'pass' },
    { name: '/var log', observedValue: 95, observedUnit: '%', status: 'fail', reason: 'threshold' },
    { name: "it's", observedValue: -3, status: 'unknown', reason: 'no_threshold' },
    { name: 'load', observedValue: 1.5, status: 'warn' },
  ]);
});

test('R8 what is written as guidelines say is read as it was', () => {
  const label = fc.stringMatching(/^[A-Za-z0-9_ /.-]{1,20}$/).filter((one) => one.trim() === one);
  const value = fc.integer({ min: -999_999, max: 999_999 }).map((n) => n / 100);
  const entry = fc.tuple(label, value, fc.constantFrom('', 's', '%', 'B', 'c'));
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 5 }), (entries) => {
      const text = entries
        .map(([name, number, unit]) => `'${name}'=${number}${unit};;;0`)
        .join(' ');
      const back = data(text).map((one) => [one.name, one.observedValue, one.observedUnit ?? '']);
      expect(back).toEqual(entries);
    }),
  );
});

test.each(['a=1e-7', 'a=1.2.3', 'a=', 'a=1;2;3;4;5;6', '=5', "'a=5", 'a b c'])(
  'R9 %j is no performance data, and what follows is',
  (text) => {
    expect(data(`${text} z=2`)).toMatchObject([{ name: 'z', observedValue: 2 }]);
  },
);

test('R10 the text ends at the first bar', () => {
  const found = read({ exitCode: 0, body: 'OK - a|b=1 | c=2' });
  expect(found.output).toBe('OK - a');
  expect(found.components.map(({ name }) => name)).toEqual(['b', 'c']);
});

test('R11 the text is one line; data may go on in the lines below', () => {
  const found = read({ exitCode: 0, body: 'OK - one | a=1\nlong text | b=2\nc=3' });
  expect(found.output).toBe('OK - one ');
  expect(found.components.map(({ name }) => name)).toEqual(['a', 'b']);
});
