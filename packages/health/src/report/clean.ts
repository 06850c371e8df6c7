/** One line of printable text, for formats that end at a line: no control characters at all. */
export const oneLine = (text: string): string =>
  text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();

/** At most so many bytes of UTF-8, cut between characters. */
export function cut(text: string, bytes: number): string {
  const all = new TextEncoder().encode(text);
  if (all.length <= bytes) return text;
  let end = bytes;
  // A byte of the form 10xxxxxx continues a character (RFC 3629).
  while (end > 0 && ((all[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return new TextDecoder().decode(all.subarray(0, end));
}
