import { describe, expect, it } from 'vitest';
import { Memory } from './memory.ts';

const entry = (bytes: number) => ({ head: null, chunks: [Buffer.alloc(bytes)], ends: 0 });

describe('memory for answers', () => {
  it('takes no more than it may, and forgets what was used longest ago', async () => {
    const memory = new Memory(10_000);
    for (let i = 0; i < 1000; i += 1) {
      memory.set(`key ${i}`, entry(500));
      await memory.get('key 0');
      expect(memory.bytes).toBeLessThanOrEqual(10_000);
    }
    expect(await memory.get('key 0')).toBeDefined();
    expect(await memory.get('key 999')).toBeDefined();
    expect(await memory.get('key 900')).toBeUndefined();
  });

  it('forgets what becomes too large', async () => {
    const memory = new Memory(10_000);
    memory.set('a', entry(1));
    memory.set('a', entry(20_000));
    expect(await memory.get('a')).toBeUndefined();
    expect(memory.bytes).toBe(0);
  });
});
