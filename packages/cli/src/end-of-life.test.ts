import { describe, expect, it } from 'vitest';
import { endOfLife } from './end-of-life.ts';

describe('the end of life of Node', () => {
  it.each([
    ['24.21.0', '2026-11-01', false],
    ['24.99.0', '2028-04-30', true],
    ['25.9.0', '2026-05-31', false],
    ['25.9.0', '2026-06-01', true],
    ['26.10.0', '2028-04-30', false],
    ['30.0.0', '2040-01-01', false],
  ])('%s on %s', (version, day, isOver) => {
    const said = endOfLife(version, Date.parse(day));
    expect(said === undefined ? '' : said).toMatch(isOver ? /^Node 2[45]\.\S+ is past/ : /^$/);
  });
});
