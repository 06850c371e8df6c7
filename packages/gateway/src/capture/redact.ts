import type { CaptureConfig } from '@vitalgate/contract';
import { framerOf, type CallerForm, type DialectName } from '@vitalgate/dialects';
import { systemClock } from '@vitalgate/health';
import { StreamGuard, WholeGuard } from '../guard/answer-guard.ts';
import { buildGuardrail } from '../guard/build.ts';
import type { Guardrail } from '../guard/guardrail.ts';
import { judge, type Judging } from '../guard/judge.ts';
import { Placeholders } from '../guard/placeholders.ts';
import { dialectReading } from '../guard/reading.ts';
import { Search } from '../guard/scanner.ts';
import { Deadlines } from '../upstream/deadlines.ts';

/** One side of a call as it was sent. */
export interface Side {
  readonly dialect: DialectName;
  readonly form: CallerForm | undefined;
  readonly isStream: boolean;
  readonly bytes: Uint8Array;
}

/** Takes out of captured texts what a configuration names, as a guardrail that redacts does. */
export class CaptureRedactor {
  readonly #guardrail: Guardrail;
  readonly #search: Search;

  constructor(redact: CaptureConfig['redact']) {
    const parts = { clock: systemClock, deadlines: new Deadlines(systemClock) };
    this.#guardrail = buildGuardrail(
      {
        name: 'capture',
        on: ['request', 'answer'],
        detect: redact,
        action: 'redact',
        appliesTo: 'all',
        restore: false,
        allow: { words: [], patterns: [] },
      },
      parts,
    );
    parts.deadlines.close();
    this.#search = new Search([this.#guardrail]);
  }

  /** Undefined for what cannot be read, and so may hold anything. */
  async request({ dialect, bytes }: Side): Promise<string | undefined> {
    const judged = await judge(this.#judging('request', dialect), Buffer.from(bytes));
    return judged.blockedBy === undefined ? judged.bytes.toString() : undefined;
  }

  /** The same. A stream is read as its texts are, whichever way it was cut into pieces. */
  async answer({ dialect, form, isStream, bytes }: Side): Promise<string | undefined> {
    const judging = this.#judging('answer', dialect);
    const guard = isStream
      ? new StreamGuard(judging, framerOf(dialect, form))
      : new WholeGuard(judging);
    const pushed = guard.push(Buffer.from(bytes));
    if (pushed.blockedBy !== undefined) return undefined;
    const finished = await guard.finish();
    if (finished.blockedBy !== undefined) return undefined;
    return Buffer.concat([pushed.bytes, finished.bytes]).toString();
  }

  #judging(side: Judging['side'], dialect: DialectName): Judging {
    return {
      read: dialectReading(dialect),
      side,
      guardrails: [this.#guardrail],
      search: this.#search,
      placeholders: new Placeholders(),
    };
  }
}
