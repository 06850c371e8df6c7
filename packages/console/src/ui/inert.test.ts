import { describe, expect, it } from 'vitest';
import { cut, inert } from './inert.ts';

describe('text of others', () => {
  it.each([
    ['a right-to-left override', 'invoice\u202Efdp.exe', 'invoice⟨U+202E⟩fdp.exe'],
    ['an ANSI escape', '\u001B[31mred', '⟨U+001B⟩[31mred'],
    ['a zero-width space', 'pay\u200Bpal', 'pay⟨U+200B⟩pal'],
    ['a lone carriage return, which overwrites a line', 'good\rbad', 'good⟨U+000D⟩bad'],
  ])('shows %s instead of obeying it', (_what, text, shown) => {
    expect(inert(text)).toBe(shown);
  });

  it('leaves what people write alone', () => {
    const text = 'שלום 👩‍💻'.replace('\u200D', '') + '\n\tline <b>two</b>';
    expect(inert(text)).toBe(text);
  });

  it('cuts no character in two', () => {
    expect(cut('ab😀', 3)).toBe('ab');
    expect(cut('ab😀', 4)).toBe('ab😀');
  });
});
