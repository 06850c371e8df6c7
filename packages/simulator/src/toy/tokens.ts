/**
 * Tokens, roughly. Real vendors cut text by a learned vocabulary; the toy cuts it into a leading
 * space and up to nine letters, or up to three other signs, which comes near for English prose.
 */
const piece = /\s?[\p{L}\p{N}]{1,9}|\s?[^\s\p{L}\p{N}]{1,3}|\s+/gu;

/** Beyond this, text is a test of size and not to be read: long slices keep the work small. */
const longText = 65_536;
const longSlice = 4096;

/** The text in the order in which it is streamed; joined again it is the same text. */
export function* piecesOf(text: string): Generator<string> {
  if (text.length > longText) {
    for (let at = 0; at < text.length; at += longSlice) yield text.slice(at, at + longSlice);
    return;
  }
  for (const [match] of text.matchAll(piece)) yield match;
}

/** How many tokens an answer counts. */
export function countTokens(text: string): number {
  if (text.length > longText) return estimateTokens(text.length);
  return text.match(piece)?.length ?? 0;
}

/** How many tokens a prompt of so many characters counts: four characters to a token. */
export const estimateTokens = (characters: number): number => Math.ceil(characters / 4);

/** The beginning of a text that counts at most `most` tokens. */
export function firstTokens(text: string, most: number): string {
  if (text.length > longText) return text.slice(0, most * 4);
  let end = 0;
  let count = 0;
  for (const match of text.matchAll(piece)) {
    if (count++ === most) break;
    end = match.index + match[0].length;
  }
  return text.slice(0, end);
}
