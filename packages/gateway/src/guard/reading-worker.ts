/**
 * The back of `reading-thread.ts`: reads one long text after the other, with guardrails made from the
 * same configuration.
 */
import { parentPort } from 'node:worker_threads';
import { valueOf } from './body-text.ts';
import { lookingFor } from './detectors.ts';
import type { Guardrail, Looks } from './guardrail.ts';
import { PieceByPiece } from './piece-by-piece.ts';
import type { FromReading, ToReading } from './reading-messages.ts';
import { Search } from './search.ts';

/** Configurations change, and what they said before is not to be kept. */
const MOST_SETS = 8;
const sets = new Map<string, readonly Guardrail[]>();

function guardrailsOf(written: string): readonly Guardrail[] {
  let guardrails = sets.get(written);
  if (guardrails === undefined) {
    guardrails = (JSON.parse(written) as Looks[]).map(guardrailOf);
    if (sets.size >= MOST_SETS) sets.clear();
    sets.set(written, guardrails);
  }
  return guardrails;
}

/** As far as reading needs one; what comes of a find is decided by who asked. */
const guardrailOf = (looks: Looks): Guardrail => ({
  ...lookingFor(looks),
  looks,
  name: '',
  on: new Set(),
  action: looks.action,
  restore: false,
  maxCharacters: undefined,
  tools: undefined,
  models: undefined,
  webhook: undefined,
  onError: 'block',
});

function read({ guardrails, tokens, bytes, text }: ToReading): Exclude<FromReading, 'ready'> {
  const value = valueOf(Buffer.from(bytes.buffer), text);
  if (value === undefined) return { length: undefined, kinds: [], hits: new Int32Array() };
  const search = new Search(guardrailsOf(guardrails), { tokens });
  const reading = new PieceByPiece(search, text.kind, value);
  while (!reading.isOver) reading.goOn();
  const kinds = new Map<string, number>();
  const hits = new Int32Array(reading.hits.length * 4);
  for (const [i, { guardrail, kind, start, end }] of reading.hits.entries()) {
    const by = guardrail === undefined ? -1 : search.guardrails.indexOf(guardrail);
    let of = kinds.get(kind);
    if (of === undefined) kinds.set(kind, (of = kinds.size));
    hits.set([by, of, start, end], i * 4);
  }
  return { length: value.length, kinds: [...kinds.keys()], hits };
}

const tell = (message: FromReading, moved: ArrayBuffer[] = []) =>
  parentPort?.postMessage(message, moved);

parentPort?.on('message', (order: ToReading) => {
  const found = read(order);
  tell(found, [found.hits.buffer]);
});
tell('ready');
