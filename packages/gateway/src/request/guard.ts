import { Failure } from '@vitalgate/contract';
import { scanRequest } from '@vitalgate/dialects';
import { mayUse, type Guardrail, type Note } from '../guard/guardrail.ts';
import type { Applied } from '../guard/guardrails.ts';
import { judge, unread } from '../guard/judge.ts';
import { MOST_TOLD } from '../guard/notes.ts';
import { Placeholders } from '../guard/placeholders.ts';
import { dialectReading } from '../guard/reading.ts';
import { askAll } from '../guard/webhook.ts';
import type { Running } from '../running.ts';
import type { Arrival, Understood } from './exchange.ts';

/** Stage 4: may what it says go out? What may not is refused, or taken out of the body. */
export function guard(understood: Understood, running: Running): Promise<Understood> | Understood {
  const applied = running.guardrails.of(understood.key, understood.route);
  return applied === undefined ? understood : guardWith(applied, understood, running);
}

async function guardWith(
  applied: Applied,
  understood: Understood,
  running: Running,
): Promise<Understood> {
  const { body, dialect, scanned } = understood;
  const { guardrails, search } = applied.request;
  const placeholders = new Placeholders();
  understood.guarding = { applied, placeholders };
  if (guardrails.length === 0) return understood;

  refuse(judgeModel(guardrails, scanned.model ?? '', understood, running));
  const read = dialectReading(dialect);
  const judging = { read, side: 'request', guardrails, search, placeholders } as const;
  let judged;
  try {
    judged = await judge(judging, body);
  } catch (error) {
    running.log.error({ err: error, request: understood.id }, 'a guardrail failed');
    refuse(unread(guardrails));
    return understood;
  }
  note(judged.notes, understood, running);
  refuse(judged.blockedBy);
  const asked = await askAll(judging, judged.texts);
  note(asked.notes, understood, running);
  refuse(asked.blockedBy);
  if (judged.bytes === body) return understood;
  const rescanned = scanRequest(judged.bytes);
  if (!rescanned.ok) throw new Failure('internal_error', 'the redacted request cannot be read');
  const { model, stream, isStreamTold } = scanned;
  Object.assign(rescanned, { model, stream, isStreamTold });
  return Object.assign(understood, { body: judged.bytes, scanned: rescanned });
}

function judgeModel(
  guardrails: readonly Guardrail[],
  model: string,
  understood: Understood,
  running: Running,
): Guardrail | undefined {
  let refusing: Guardrail | undefined;
  for (const guardrail of guardrails) {
    const { models, name, action } = guardrail;
    if (models === undefined || mayUse(models, model)) continue;
    const path = 'model';
    note(
      [
        {
          guardrail: name,
          side: 'request',
          action,
          kind: 'model',
          path,
          start: 0,
          length: model.length,
        },
      ],
      understood,
      running,
    );
    if (action === 'block') refusing ??= guardrail;
  }
  return refusing;
}

export function refuse(guardrail: Guardrail | undefined): void {
  if (guardrail === undefined) return;
  throw blocked(guardrail, 'request');
}

/** Says who refused and not why: what was found is in the log, without the text itself. */
export const blocked = ({ name }: Guardrail, side: 'request' | 'answer'): Failure =>
  new Failure('guardrail_blocked', `the guardrail ${name} does not let this ${side} pass`);

/** Writes down what guardrails found: how it began and how long it was, and never what it said. */
export function note(
  notes: readonly Note[],
  exchange: Pick<Arrival, 'id' | 'receipt'>,
  running: Running,
): void {
  const counts = new Map<string, { readonly first: Note; times: number }>();
  let total = 0;
  for (const [i, one] of notes.entries()) {
    if (i < MOST_TOLD) running.log.info({ request: exchange.id, ...one }, FOUND);
    const { guardrail, side, action, kind } = one;
    const id = `${guardrail} ${side} ${action} ${kind}`;
    const count = counts.get(id);
    const { times = 1 } = one;
    total += times;
    if (count === undefined) counts.set(id, { first: one, times });
    else count.times += times;
  }
  for (const { first, times } of counts.values()) {
    const { guardrail, side, action, kind } = first;
    (exchange.receipt.guardrails ??= new Set()).add(`${guardrail};${pastOf[action]}`);
    running.metrics.guarded(guardrail, side, action, kind, times);
  }
  if (total <= MOST_TOLD) return;
  const finds = [...counts.values()].map(({ first, times }) => {
    const { guardrail, side, action, kind } = first;
    return { guardrail, side, action, kind, times };
  });
  const request = exchange.id;
  running.log.info({ request, finds }, `guardrails found ${total} places, told by kind`);
}

const FOUND = 'a guardrail found something';

/** Name and value of the field that tells what guardrails did; nothing while they did nothing. */
export const guardrailField = ({ guardrails }: Arrival['receipt']): readonly string[] =>
  guardrails === undefined ? [] : ['x-vitalgate-guardrails', [...guardrails].join(', ')];

const pastOf = { block: 'blocked', redact: 'redacted', flag: 'flagged' } as const;
