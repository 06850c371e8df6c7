/** One thing that is remembered: what is told of it, and its bytes as they came. */
export interface Entry {
  /** Whatever JSON can say. */
  readonly head: unknown;
  readonly chunks: readonly Buffer[];
  /** Wall-clock milliseconds after which nobody can use it. */
  readonly ends: number;
}

/** Where answers are remembered. None of it fails: what cannot be had is not there. */
export interface AnswerStore {
  get(key: string): Promise<Entry | undefined>;
  set(key: string, entry: Entry): void;
  delete(key: string): void;
  /** Forgets everything, unless it has for this erasure before. Resolves when nothing is told any more. */
  clear(erasure: string): Promise<void>;
  /** Why what outlives the process is not used; undefined while it is, or where there is none. */
  readonly problem: string | undefined;
  close(): Promise<void>;
}

/** Bytes of JSON with the lengths of what follows them, before all others. */
const PREFIX_BYTES = 4;

/** An entry as bytes: a length, its head as JSON, its chunks. */
export function encodeEntry({ head, chunks, ends }: Entry): Buffer {
  const lengths = chunks.map(({ length }) => length);
  const json = Buffer.from(JSON.stringify({ head, lengths, ends }));
  let at = PREFIX_BYTES + json.length;
  // Memory of its own: what shares a slab takes the slab along to another thread.
  const bytes = Buffer.allocUnsafeSlow(lengths.reduce((sum, one) => sum + one, at));
  bytes.writeUInt32BE(json.length);
  json.copy(bytes, PREFIX_BYTES);
  for (const chunk of chunks) at += chunk.copy(bytes, at);
  return bytes;
}

/** Undefined for bytes that are no entry: somebody else may have written them. */
export function decodeEntry(bytes: Buffer): Entry | undefined {
  try {
    const end = PREFIX_BYTES + bytes.readUInt32BE();
    const told = JSON.parse(bytes.toString('utf8', PREFIX_BYTES, end)) as {
      readonly head: unknown;
      readonly lengths: readonly number[];
      readonly ends: number;
    };
    let at = end;
    const chunks = told.lengths.map((length) => bytes.subarray(at, (at += length)));
    return at === bytes.length ? { head: told.head, chunks, ends: told.ends } : undefined;
  } catch {
    return undefined;
  }
}
