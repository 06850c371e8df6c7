import { expect, it } from 'vitest';
import { isInvisible, normalise } from './normal.ts';

it('leaves out all that nothing is shown of (Unicode, Default_Ignorable_Code_Point)', () => {
  const ignorable = /\p{Default_Ignorable_Code_Point}/u;
  const missing: string[] = [];
  for (let point = 0; point <= 0xe0fff; point += 1) {
    const isShown = !ignorable.test(String.fromCodePoint(point));
    if (!isShown && !isInvisible(point)) missing.push(point.toString(16));
  }
  expect(missing).toEqual([]);
});

it('leaves out characters of control, and keeps blanks', () => {
  const controls = Array.from({ length: 0xa0 }, (_, code) => String.fromCharCode(code)).filter(
    (char) => /\p{Cc}/u.test(char),
  );
  expect(normalise(controls.join(''), 'text').text).toBe('\t\n  \r ');
});
