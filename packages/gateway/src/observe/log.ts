import { pino, type DestinationStream, type Logger } from 'pino';

export type Log = Logger;

/** Characters of one field; what callers and providers say can be as long as they like. */
const MOST_CHARACTERS = 8192;

/**
 * JSON needs no escape for these, and terminals and readers of lines take them for orders or line
 * ends: C1 controls and DEL, U+2028 and U+2029, and what turns the direction of text.
 */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const MISLEADING = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/**
 * The log: one JSON object a line. Every line passes the redactor as text, after it has been
 * written whole, so that no field, name or nested error can slip by; a secret that is cut short is
 * none that it knows, so that fields are cut after it.
 */
export function createLog(
  write: (line: string) => void,
  redact: (text: string) => string,
  level: string,
): Log {
  const destination: DestinationStream = { write: (line) => write(plain(cut(redact(line)))) };
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}

const plain = (line: string): string =>
  line.replace(MISLEADING, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

function cut(line: string): string {
  if (line.length <= MOST_CHARACTERS) return line;
  try {
    return `${JSON.stringify(JSON.parse(line, short))}\n`;
  } catch {
    // What was hidden was a number, or the like, and left no JSON.
    return `${JSON.stringify({ msg: short('', line) })}\n`;
  }
}

const short = (_name: string, value: unknown): unknown =>
  typeof value === 'string' && value.length > MOST_CHARACTERS
    ? `${value.slice(0, MOST_CHARACTERS)}… (${value.length} characters)`
    : value;
