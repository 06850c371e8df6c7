import { reader, type Reader } from './reader.ts';
import { statusWord, wordOf } from './words.ts';

/**
 * A status code and perhaps a word, such as `Healthy` (ASP.NET Core), `SERVER_IS_READY`
 * (lightship) or `ok`. Any other text says nothing of health: then the code alone counts.
 */
export const plain: Reader = reader(
  'plain',
  () => true,
  ({ text }) => {
    const line = text.slice(0, 4_097).trim();
    if (line === '' || line.length > 4_096) return { status: undefined };
    const said = wordOf(line) === undefined ? verdict(line) : line;
    return said === undefined
      ? { status: undefined, output: line }
      : { ...statusWord(said), said, output: line === said ? undefined : line };
  },
);

/** The word before the text of a line such as `DOWN: no database`. */
function verdict(line: string): string | undefined {
  const word = /^([A-Za-z_]{2,32})\s*[:,;(-]/.exec(line)?.[1];
  return wordOf(word) === undefined ? undefined : word;
}
