/** A change of one value inside a JSON text. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  /** JSON, quotes included. */
  readonly json: string;
}

/** The bytes with these values changed, and every other byte as it was. Edits must not overlap. */
export function edited(bytes: Buffer, edits: readonly Edit[]): Buffer {
  if (edits.length === 0) return bytes;
  const pieces: Buffer[] = [];
  let at = 0;
  for (const { start, end, json } of edits.toSorted((a, b) => a.start - b.start)) {
    pieces.push(bytes.subarray(at, start), Buffer.from(json));
    at = end;
  }
  pieces.push(bytes.subarray(at));
  return Buffer.concat(pieces);
}
