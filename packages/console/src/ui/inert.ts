/**
 * Text of callers, models and logs, made harmless to look at. It is never markup here; what is left
 * to fear is characters that hide, reorder or colour what a person reads.
 */

/** C0 and C1 controls but tab and line feed; bidirectional controls (UAX #9); invisible ones. */
const DECEIVING =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** Shows each of them by its number: `U+202E`. */
export const inert = (text: string): string =>
  text
    .replaceAll('\r\n', '\n')
    .replaceAll(
      DECEIVING,
      (found) => `⟨U+${(found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`,
    );

/** So many characters at once: a line of a million takes seconds to lay out. */
export const SHOWN = 20_000;

/** At most `most` characters, never half of a pair. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const isHalf = /[\ud800-\udbff]/.test(text[most - 1] ?? '');
  return text.slice(0, isHalf ? most - 1 : most);
}
