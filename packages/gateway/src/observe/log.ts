import { pino, type DestinationStream, type Logger } from 'pino';

export type Log = Logger;

/**
 * The log: one JSON object a line. Every line passes the redactor as text, after it has been
 * written whole, so that no field, name or nested error can slip by.
 */
export function createLog(
  write: (line: string) => void,
  redact: (text: string) => string,
  level: string,
): Log {
  const destination: DestinationStream = { write: (line) => write(redact(line)) };
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}
