import { RE2JS } from 're2js';
import { isAlphanumeric, type Detector } from '../detector.ts';

/** Longest find of a pattern that an operator wrote; what is longer is none. */
export const LONGEST_PATTERN = 256;

/** Words and phrases, whatever their case, bounded by something that is no letter or digit. */
export function wordList(name: string, words: readonly string[]): Detector {
  const wanted = words.map((word) =>
    word
      .toLowerCase()
      .normalize('NFKC')
      .replaceAll(/[\n\t]/g, ' '),
  );
  const longest = Math.max(...wanted.map((word) => word.length));
  return {
    name,
    hold: longest + 1,
    needs: 0,
    find(text, from, report) {
      // A phrase goes on behind the end of a line.
      const lower = text.toLowerCase().replaceAll(/[\n\t]/g, ' ');
      const hits: [number, number][] = [];
      for (const word of wanted) {
        for (let at = lower.indexOf(word, from); at !== -1; at = lower.indexOf(word, at + 1)) {
          const end = at + word.length;
          const isPart =
            (isAlphanumeric(lower.charCodeAt(at)) && isAlphanumeric(lower.charCodeAt(at - 1))) ||
            (isAlphanumeric(lower.charCodeAt(end - 1)) && isAlphanumeric(lower.charCodeAt(end)));
          if (!isPart) hits.push([at, end]);
        }
      }
      let last = 0;
      for (const [start, end] of hits.toSorted((a, b) => a[0] - b[0] || b[1] - a[1])) {
        if (start < last) continue;
        report(name, start, end);
        last = end;
      }
    },
  };
}

/**
 * Patterns an operator wrote, in RE2's syntax: its matching takes time linear in the text whatever
 * the pattern (github.com/google/re2/wiki/Syntax).
 */
export function patternList(name: string, patterns: readonly string[]): Detector {
  const compiled = patterns.map((pattern) => RE2JS.compile(pattern));
  return {
    name,
    hold: LONGEST_PATTERN,
    needs: 0,
    find(text, from, report) {
      for (const pattern of compiled) {
        const matcher = pattern.matcher(text);
        for (let at = from; at <= text.length && matcher.find(at);) {
          const [start, end] = [matcher.start(), matcher.end()];
          if (end > start && end - start <= LONGEST_PATTERN) report(name, start, end);
          at = Math.max(end, start + 1);
        }
      }
    },
  };
}

/** Whether a find is one that the operator said to leave alone. */
export function allowance(
  words: readonly string[],
  patterns: readonly string[],
): (text: string) => boolean {
  const known = new Set(words.map((word) => word.toLowerCase()));
  const compiled = patterns.map((pattern) => RE2JS.compile(pattern));
  return (text) =>
    known.has(text.toLowerCase()) || compiled.some((pattern) => pattern.matches(text));
}
