import { describe, expect, it } from 'vitest';
import { PromptMemory, PromptReader } from './memory.ts';

function reader(...parts: readonly [part: unknown, keep?: boolean][]): PromptReader {
  const prompt = new PromptReader('m');
  for (const [part, keep = true] of parts) prompt.read(part, 100, keep);
  return prompt;
}

describe('PromptMemory', () => {
  it('knows the longest beginning it has met', () => {
    const memory = new PromptMemory();
    expect(memory.recall(reader(['a'], ['b']).beginnings)).toBe(0);
    expect(memory.recall(reader(['a'], ['b'], ['c']).beginnings)).toBe(200);
    expect(memory.recall(reader(['a'], ['x'], ['c']).beginnings)).toBe(100);
    expect(memory.recall(reader(['b']).beginnings)).toBe(0);
  });

  it('keeps only what is to be kept', () => {
    const memory = new PromptMemory();
    memory.recall(reader(['a', true], ['b', false]).beginnings);
    expect(memory.recall(reader(['a', false], ['b', false]).beginnings)).toBe(100);
  });

  it('knows a part by what it says, marked or not', () => {
    const memory = new PromptMemory();
    memory.recall(reader([{ text: 'a', cache_control: { type: 'ephemeral' } }]).beginnings);
    expect(memory.recall(reader([{ text: 'a' }]).beginnings)).toBe(100);
  });

  it('forgets the oldest', () => {
    const memory = new PromptMemory(2);
    for (const part of ['a', 'b', 'a', 'c']) memory.recall(reader([part]).beginnings);
    expect(memory.recall(reader(['b', false]).beginnings)).toBe(0);
    expect(memory.recall(reader(['a', false]).beginnings)).toBe(100);
  });
});
