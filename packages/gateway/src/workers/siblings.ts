import type { Cancel, Tracker } from '@vitalgate/health';
import { Budget } from '../access/limits/budget.ts';
import type { LimitGate } from '../access/limits/gate.ts';
import { refusal, takeAll, type Amounts, type Holds } from '../access/limits/holds.ts';
import type { Limit, Moment } from '../access/limits/limit.ts';
import { Rate } from '../access/limits/rate.ts';
import type { Peers } from '../shared/peers.ts';
import { shareTargets } from '../shared/words.ts';
import type { LimitText, PrimaryMessage, WorkerMessage } from './messages.ts';

/** How this worker and the process that started it reach each other. */
export interface Line {
  tell(message: WorkerMessage): void;
  onTold(listener: (message: PrimaryMessage) => void): Cancel;
}

/** Joins the other workers of this machine. */
export function joinSiblings(line: Line, { tracker }: { tracker: Tracker }): Peers {
  const gate = new SiblingGate(line);
  const words = shareTargets(tracker, (target) => line.tell({ type: 'target', target }));
  const forget = line.onTold((message) => {
    if (message.type === 'taken' || message.type === 'refused') gate.answered(message);
    if (message.type === 'target') words.hear(message.target);
  });
  return {
    gate,
    problem: undefined,
    // They tell what happens, and keep nothing of it.
    catchUp() {},
    close() {
      forget();
      words.close();
    },
  };
}

type Answer = PrimaryMessage & { type: 'taken' | 'refused' };

class SiblingGate implements LimitGate {
  readonly #line: Line;
  readonly #asked = new Map<number, (answer: Answer) => void>();
  #n = 0;

  constructor(line: Line) {
    this.#line = line;
  }

  peek(): void {
    // What is counted here says little about all; the question follows as soon as the body is read.
  }

  take(limits: readonly Limit[], amounts: Amounts, at: Moment): Holds | Promise<Holds> {
    const counted = limits.filter(({ kind }) => amounts[kind] > 0);
    if (counted.length === 0) return takeAll([], amounts, at);
    const n = (this.#n += 1);
    return new Promise((resolve, reject) => {
      this.#asked.set(n, (answer) => {
        if (answer.type === 'refused') {
          const limit = counted[answer.which];
          if (limit !== undefined) reject(refusal(limit, answer.wait ?? undefined, at));
          return;
        }
        const holds = takeAll(limits, amounts, at, (used) =>
          this.#line.tell({ type: 'settle', n, used }),
        );
        for (const [i, limit] of counted.entries()) limit.learn(answer.used[i] ?? 0, at);
        resolve(holds);
      });
      this.#line.tell({
        type: 'take',
        n,
        limits: counted.map((limit) => textOf(limit, at)),
        // Infinity is no number of JSON.
        amounts: { ...amounts, cost: Math.min(amounts.cost, Number.MAX_SAFE_INTEGER) },
      });
    });
  }

  answered(answer: Answer): void {
    const asked = this.#asked.get(answer.n);
    this.#asked.delete(answer.n);
    asked?.(answer);
  }
}

function textOf(limit: Limit, at: Moment): LimitText {
  const { id, kind, quota } = limit;
  if (limit instanceof Rate)
    return { id, kind, quota, windowMs: limit.windowMs, burst: limit.burst };
  if (limit instanceof Budget) {
    return { id, kind, quota, period: limit.period, known: limit.usedAt(at) };
  }
  return { id, kind, quota };
}
