import { findTexts, TextFinding, type DialectName } from '@vitalgate/dialects';
import type { BodyTexts } from './body-text.ts';
import type { Shift } from './shift.ts';

/** How the text in a body is found; undefined when the body cannot be read. */
export interface Reading {
  (bytes: Buffer, from?: number, to?: number): BodyTexts | undefined;
  /** The same of a whole body, a bit at a time; undefined where that is no JSON. */
  readonly inBits?: (bytes: Buffer) => TextFinding | undefined;
}

const readings = new Map<DialectName, Reading>();

export function dialectReading(dialect: DialectName): Reading {
  let reading = readings.get(dialect);
  if (reading === undefined) {
    const read = (bytes: Buffer, from?: number, to?: number) => findTexts(dialect, bytes, from, to);
    const inBits = (bytes: Buffer) => new TextFinding(dialect, bytes);
    readings.set(dialect, (reading = Object.assign(read, { inBits })));
  }
  return reading;
}

/** Shorter bodies are read at once, in bytes. */
const LONG = 16 * 1024;

/** Finds the text of a whole body, and lets others be served meanwhile. */
export async function readAll(
  read: Reading,
  bytes: Buffer,
  shift: Shift,
): Promise<BodyTexts | undefined> {
  const finding = bytes.length < LONG ? undefined : read.inBits?.(bytes);
  if (finding === undefined) return read(bytes);
  for (; !finding.isOver; finding.goOn()) if (shift.isOver) await shift.begin();
  return finding.found;
}
