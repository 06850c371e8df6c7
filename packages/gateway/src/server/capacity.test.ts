import { describe, expect, it } from 'vitest';
import { capacityOf } from './capacity.ts';

describe('what may be open at once', () => {
  it.each([
    [10_000, undefined, 10_000, 20_000],
    [10_000, 1_048_576, 10_000, 20_000],
    [10_000, 4096, 1388, 2380],
    [10_000, 1024, 313, 537],
    [100, 1024, 100, 200],
    [10_000, 64, 5, 9],
  ])('%d asked for, %s files: %d calls, %d connections', (asked, files, calls, connections) => {
    expect(capacityOf(asked, files)).toEqual({ calls, connections });
    // Beside a connection for each call there is one for its provider.
    if (files !== undefined) expect(connections + calls).toBeLessThan(Math.max(16, files - 100));
  });
});
