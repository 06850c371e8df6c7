/**
 * The back of `reading-thread.ts`: reads one long text after the other, with guardrails made from the
 * same configuration.
 */
import { parentPort } from 'node:worker_threads';
import type { FromThread } from '../job-thread.ts';
import { valueOf } from './body-text.ts';
import { lookingFor } from './detectors.ts';
import type { Guardrail, Looks } from './guardrail.ts';
import { Hits } from './hits.ts';
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

function read({ guardrails, restores, bytes, text }: ToReading): FromReading {
  const value = valueOf(Buffer.from(bytes.buffer), text);
  const search = new Search(guardrailsOf(guardrails), { restores });
  if (value === undefined) {
    return { length: undefined, hits: new Hits(search.guardrails).written };
  }
  const reading = new PieceByPiece(search, text.kind, value);
  while (!reading.isOver) reading.goOn();
  return { length: value.length, hits: reading.hits.written };
}

const tell = (message: FromThread<FromReading>, moved: ArrayBuffer[] = []) =>
  parentPort?.postMessage(message, moved);

parentPort?.on('message', (order: ToReading) => {
  const answer = read(order);
  tell({ answer }, [answer.hits.numbers.buffer]);
});
tell({ ready: true });
