import { expect, it } from 'vitest';
import { EventPlace } from './refused.ts';

it.each([
  ['data: a\n\n', true],
  ['data: a\n', false],
  ['data: a\r\n', false],
  ['data: a\r\n\r\n', true],
  ['data: a\r\r', true],
  ['data: a\r\n\n', true],
  [': a comment\n\n', true],
  ['data', false],
  ['', true],
])('a stream that has said %j stands between two events: %s', (said, isBetween) => {
  for (let by = 1; by <= said.length + 1; by += 1) {
    const place = new EventPlace();
    for (let at = 0; at < said.length; at += by) place.heed(Buffer.from(said.slice(at, at + by)));
    expect(place.isBetween).toBe(isBetween);
  }
});
