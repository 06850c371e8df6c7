const CLEAR_LINE = '\r\u001B[K';

/** Writes over the last line of a terminal; nothing where it would end up in a file or a log. */
export function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(CLEAR_LINE + text);
}
