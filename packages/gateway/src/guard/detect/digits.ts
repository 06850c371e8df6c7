import { isDigit } from '../detector.ts';

/** What was read last: several detectors ask about the same text. */
let last: { readonly text: string; readonly from: number; readonly starts: readonly number[] } = {
  text: '',
  from: 0,
  starts: [],
};

/** Where rows of digits begin, at `from` or later: numbers of every kind are read from there. */
export function digitsIn(text: string, from: number): readonly number[] {
  if (text !== last.text || from !== last.from) last = { text, from, starts: startsIn(text, from) };
  return last.starts;
}

function startsIn(text: string, from: number): number[] {
  const starts: number[] = [];
  let isInRow = isDigit(text.charCodeAt(from - 1));
  for (let at = from; at < text.length; at += 1) {
    if (!isDigit(text.charCodeAt(at))) isInRow = false;
    else if (!isInRow) {
      starts.push(at);
      isInRow = true;
    }
  }
  return starts;
}
