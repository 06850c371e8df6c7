import fc from 'fast-check';
import { expect, test } from 'vitest';
import { preferred } from './negotiate.ts';

const offers = [
  'application/json',
  'application/health+json',
  'text/plain; charset=utf-8',
  'text/html',
];

test.each([
  [undefined, 'application/json'],
  ['', 'application/json'],
  ['*/*', 'application/json'],
  ['text/html', 'text/html'],
  ['TEXT/HTML', 'text/html'],
  ['text/*', 'text/plain; charset=utf-8'],
  ['text/*;q=0.5, application/health+json;q=0.6', 'application/health+json'],
  ['text/html;q=0.3, text/*;q=0.9', 'text/plain; charset=utf-8'],
  ['application/json;q=0, */*;q=0.1', 'application/health+json'],
  ['text/html ; level=1 ; q=1, */*;q=0.1', 'text/html'],
  ['image/png', undefined],
  ['*/*;q=0', undefined],
  ['text/html;q=7', 'text/html'],
  [',,;;q=,', 'application/json'],
  // A browser's.
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/html'],
])('Accept: %s is answered with %s', (accept, type) => {
  expect(preferred(accept, offers)).toBe(type);
});

test('whatever is sent, the answer is an offer or nothing', () => {
  fc.assert(
    fc.property(fc.string(), (accept) => {
      const type = preferred(accept, offers);
      expect(type === undefined || offers.includes(type)).toBe(true);
    }),
  );
});
