import { expect, it } from 'vitest';
import { mostTelling } from './telling.ts';

const targets = (count: number, failing: readonly number[]) =>
  Array.from({ length: count }, (_, id) => {
    const status: 'pass' | 'fail' = failing.includes(id) ? 'fail' : 'pass';
    return { id, status };
  });

it('shows few as they come', () => {
  const few = targets(5, [3]);
  expect(mostTelling(few)).toBe(few);
});

it('of many shows those that are not well first', () => {
  const shown = mostTelling(targets(200, [150, 7])).map(({ id }) => id);
  expect(shown.slice(0, 4)).toEqual([7, 150, 0, 1]);
  expect(shown.length).toBeLessThan(30);
});
