/** Letters that may begin a name (XML 1.0, 2.3), of the scripts that are used for names. */
const LETTER =
  ':A-Z_a-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u0400-\u1FFF\u3041-\uD7FF';

const FIRST = new RegExp(`^[${LETTER}]$`);
const REST = new RegExp(`^[-.0-9${LETTER}]$`);
const NAME = new RegExp(`^[${LETTER}][-.0-9${LETTER}]*$`);

/** `_x0020_` and the like: what no name may hold, as SQL/XML writes it (ISO 9075-14, 9.1). */
const ESCAPE = /_x([0-9A-F]{4,6})_/g;

/** A key as the name of an element or an attribute; `nameToKey` gives it back. */
export function keyToName(key: string): string {
  if (NAME.test(key) && (!key.includes('_x') || key.search(ESCAPE) === -1)) return key;
  const letters = Array.from(key === '' ? '\u0000' : key);
  return letters
    .map((letter, index) => {
      const isPlain = (index === 0 ? FIRST : REST).test(letter);
      const isEscape = letter === '_' && /^_x[0-9A-F]{4,6}_/.test(letters.slice(index).join(''));
      return isPlain && !isEscape ? letter : escaped(letter);
    })
    .join('');
}

const escaped = (letter: string): string =>
  `_x${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}_`;

export const nameToKey = (name: string): string =>
  name
    .replace(ESCAPE, (told, hex: string) => {
      const code = Number.parseInt(hex, 16);
      return code <= 0x10_ff_ff ? String.fromCodePoint(code) : told;
    })
    .replace(/^\u0000$/, '');
