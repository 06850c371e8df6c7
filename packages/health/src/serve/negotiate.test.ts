import { expect, test } from 'vitest';
import { formats } from '../report/formats.ts';
import { formatFor } from './negotiate.ts';

test('a format is named as it is typed into a query, where a plus is a space', () => {
  const named = (query: string) =>
    formatFor('*/*', new URLSearchParams(query).get('format'), formats);
  expect(named('format=health+json')?.name).toBe('health+json');
  expect(named('format=health%2Bjson')?.name).toBe('health+json');
  expect(named('format=health')).toBeUndefined();
});
