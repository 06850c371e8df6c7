import { describe, expect, it } from 'vitest';
import { Memory } from './memory.ts';

describe('memory for answers', () => {
  it('takes no more than it may, and forgets what was used longest ago', () => {
    const memory = new Memory(10_000);
    for (let i = 0; i < 1000; i += 1) {
      memory.set(`key ${i}`, { size: 500 });
      memory.get('key 0');
      expect(memory.bytes).toBeLessThanOrEqual(10_000);
    }
    expect(memory.get('key 0')).toBeDefined();
    expect(memory.get('key 999')).toBeDefined();
    expect(memory.get('key 900')).toBeUndefined();
  });

  it('forgets what becomes too large', () => {
    const memory = new Memory(10_000);
    memory.set('a', { size: 1 });
    memory.set('a', { size: 20_000 });
    expect(memory.get('a')).toBeUndefined();
    expect(memory.bytes).toBe(0);
  });
});
