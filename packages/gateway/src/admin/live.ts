import { eventKinds, type EventData, type EventName } from '@vitalgate/contract/api';
import type { Cancel, Clock } from '@vitalgate/health';
import type { Actor } from './asked.ts';
import { seesTeam } from './scope.ts';

/** One thing that happened, as those who listen are told. */
export interface LiveEvent {
  readonly id: number;
  readonly name: EventName;
  readonly data: unknown;
}

/** What somebody who was away for a moment can still be told. */
const REMEMBERED = 500;

/** Changes as they happen, handed to whoever listens and may know of them. */
export class Live {
  readonly #listeners = new Set<(event: LiveEvent) => void>();
  readonly #recent: LiveEvent[] = [];
  readonly #clock: Clock;
  #lastId: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    // Ids of another run of the program must not look like ours.
    this.#lastId = clock.wall() * 1000;
  }

  /** Whether telling would reach anybody, now or later. */
  get isHeard(): boolean {
    return this.#listeners.size > 0;
  }

  tell<Name extends EventName>(name: Name, data: EventData<Name>): void {
    this.#lastId += 1;
    const event = { id: this.#lastId, name, data };
    // A pulse that was missed is no news.
    if (name !== 'pulse') this.#recent.push(event);
    if (this.#recent.length > REMEMBERED) this.#recent.shift();
    for (const listener of this.#listeners) listener(event);
  }

  /** Calls `listener` with what `actor` may know, first with what came after `lastId`. */
  listen(
    actor: Actor,
    only: ReadonlySet<string> | undefined,
    lastId: number | undefined,
    listener: (event: LiveEvent) => void,
  ): Cancel {
    const hears = (event: LiveEvent) => {
      if (only?.has(event.name) === false || !mayHear(actor, event)) return;
      listener(event);
    };
    if (lastId !== undefined) {
      for (const event of this.#recent) if (event.id > lastId) hears(event);
    }
    this.#listeners.add(hears);
    return () => this.#listeners.delete(hears);
  }

  every(ms: number, run: () => void): Cancel {
    return this.#clock.every(ms, () => {
      if (this.isHeard) run();
    });
  }
}

function mayHear(actor: Actor, { name, data }: LiveEvent): boolean {
  if (!(eventKinds[name].allow as readonly string[]).includes(actor.role)) return false;
  return name !== 'request' || seesTeam(actor, (data as EventData<'request'>).team);
}
