import { randomUUID } from 'node:crypto';
import type { Cancel, Clock, Status, TargetChange } from '@vitalgate/health';
import type { Log } from '../observe/log.ts';
import type { Running } from '../running.ts';
import type { Store } from '../store/database.ts';
import { forgetIncidents, saveIncident, searchIncidents } from '../store/incidents.ts';
import type { IncidentRow, VerdictRow } from '../store/migrations.ts';
import { addVerdicts, forgetVerdicts, newestVerdicts } from '../store/verdicts.ts';
import { Lease } from './lease.ts';
import { Troubles, type Trouble } from './troubles.ts';
import { DAY_MS } from './uptime.ts';
import { verdictsOf, type Verdict, type Verdicts } from './verdicts.ts';

/** Looking costs a walk over the targets; a change of state is heard of by itself. */
const LOOK_MS = 1000;
/** So often it says that it is there: after a crash, what was last is believed until then. */
const TURN_MS = 5000;
/** Who looks each second and has not for so long was not running. */
const SLEPT_MS = 15_000;
/** What the status page shows, and a little. */
const KEPT_DAYS = 92;
const SWEEP_MS = 3_600_000;
/** While the store does not answer, so many rows wait. */
const MOST_WAITING = 50_000;
const MOST_OPEN = 1000;

interface RecorderOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly current: () => Running;
}

/**
 * Writes down how well every model, API and target was, and makes incidents of it. Time in which
 * nobody wrote is unknown.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #lease: Lease;
  readonly #listeners = new Set<(trouble: Trouble) => void>();
  readonly #stops: Cancel[] = [];
  /** By kind and name, what was written or waits to be. */
  readonly #known = new Map<string, { readonly status: Status; readonly since: number }>();
  #waiting: Omit<VerdictRow, 'sequence'>[] = [];
  /** There while it is this instance's turn to write. */
  #troubles: Troubles | undefined;
  #sequence = 0;
  #turnAt = Number.NEGATIVE_INFINITY;
  #lookedAt = 0;
  #isDue = false;
  #keeping: Promise<void> | undefined;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#lease = new Lease(options.store);
  }

  /** Whether it is this instance's turn, of those that share a store. */
  get isWriting(): boolean {
    return this.#troubles !== undefined;
  }

  /** Wall-clock milliseconds up to which the history says how it was. */
  async knownUntil(): Promise<number> {
    return this.isWriting ? this.#options.clock.wall() : this.#lease.seenAt();
  }

  start(): void {
    const { clock, current } = this.#options;
    this.#lookedAt = clock.wall();
    this.#stops.push(
      current().tracker.onTransition((change) => this.#note(change)),
      clock.every(LOOK_MS, () => this.#look()),
      clock.every(SWEEP_MS, () => void this.#quietly(() => this.#sweep())),
    );
    this.#look();
  }

  /** Calls `listener` with each trouble that begins, changes or ends. */
  onTrouble(listener: (trouble: Trouble) => void): Cancel {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** From now on nobody knows. */
  async stop(): Promise<void> {
    for (const stop of this.#stops) stop();
    await this.#keeping;
    if (this.#troubles === undefined) return;
    const now = this.#options.clock.wall();
    this.#drop(new Set(), now);
    await this.#quietly(async () => {
      await this.#write();
      await this.#lease.release(now);
    });
  }

  /** Sees how it is now, and leaves the writing for when the store has time. */
  #look(): void {
    const { clock, current } = this.#options;
    const now = clock.wall();
    // A machine that slept saw nothing.
    if (now - this.#lookedAt > SLEPT_MS) this.#drop(new Set(), this.#lookedAt);
    this.#lookedAt = now;
    const verdicts = verdictsOf(current());
    for (const verdict of verdicts.all) this.#take(verdict, now);
    this.#drop(new Set(verdicts.all.map(keyOf)), now);
    this.#keeping ??= this.#quietly(() => this.#keep(now, verdicts)).finally(() => {
      this.#keeping = undefined;
    });
  }

  async #quietly(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      // The store watch tells operators; what is not written waits.
      this.#options.log.debug({ err: error }, 'history not written');
    }
  }

  async #keep(now: number, verdicts: Verdicts): Promise<void> {
    if (this.#options.clock.now() - this.#turnAt >= TURN_MS) await this.#takeTurn(now);
    if (this.#troubles === undefined) {
      this.#waiting = [];
      return;
    }
    await this.#write();
    const ill = verdicts.ill.map(({ kind, ...one }) => ({
      ...one,
      since: this.#known.get(keyOf({ kind, name: one.route }))?.since ?? now,
    }));
    for (const trouble of this.#troubles.step(now, ill, verdicts.unknown)) {
      await saveIncident(this.#options.store, rowOf(trouble));
      for (const listener of this.#listeners) listener(trouble);
    }
  }

  async #takeTurn(now: number): Promise<void> {
    const { store, clock, current } = this.#options;
    const { isMine, isNew, before } = await this.#lease.take(now);
    this.#turnAt = clock.now();
    if (!isMine) {
      this.#troubles = undefined;
      return;
    }
    if (!isNew && this.#troubles !== undefined) return;
    const newest = await newestVerdicts(store);
    const open = await searchIncidents(store, { isOpen: true, limit: MOST_OPEN });
    this.#sequence = Math.max(0, ...newest.map(({ sequence }) => sequence));
    // What was said last held until its writer was gone; then nobody knew.
    const gone = newest
      .filter(({ status }) => status !== 'unknown')
      .map(({ kind, name, at }) => unknownAt(kind, name, Math.max(at, before)));
    // A target may have fallen meanwhile.
    const noted = this.#waiting.filter(({ state_before: from }) => from !== null);
    this.#waiting = [...gone, ...noted];
    this.#known.clear();
    for (const verdict of verdictsOf(current()).all) this.#take(verdict, clock.wall());
    this.#troubles = new Troubles(newIncidentId, open.map(troubleOf));
  }

  #take({ kind, name, status, reason }: Verdict, at: number): void {
    const key = keyOf({ kind, name });
    if (this.#known.get(key)?.status === status) return;
    this.#known.set(key, { status, since: at });
    this.#push({ kind, name, at, status, reason, state: null, state_before: null });
  }

  #note({ id, from, to, reason, at }: TargetChange): void {
    const one = this.#options.current().tracker.snapshot().get(id);
    if (one === undefined) return;
    const { status } = one;
    this.#known.set(keyOf({ kind: 'target', name: id }), { status, since: at });
    this.#push({ kind: 'target', name: id, at, status, reason, state: to, state_before: from });
    if (this.#isDue) return;
    this.#isDue = true;
    // Many targets of one provider change in one go; their routes are looked at once.
    queueMicrotask(() => {
      this.#isDue = false;
      this.#look();
    });
  }

  /** What is no longer configured is no longer looked at. */
  #drop(present: ReadonlySet<string>, at: number): void {
    for (const [key, { status }] of this.#known) {
      if (present.has(key)) continue;
      this.#known.delete(key);
      if (status !== 'unknown') this.#push(unknownAt(...nameOf(key), at));
    }
  }

  #push(row: Omit<VerdictRow, 'sequence'>): void {
    this.#waiting.push(row);
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
  }

  async #write(): Promise<void> {
    const rows = this.#waiting;
    if (rows.length === 0) return;
    this.#waiting = [];
    try {
      let sequence = this.#sequence;
      await addVerdicts(
        this.#options.store,
        rows.map((row) => ({ ...row, sequence: (sequence += 1) })),
      );
      this.#sequence = sequence;
    } catch (error) {
      this.#waiting = [...rows, ...this.#waiting];
      throw error;
    }
  }

  async #sweep(): Promise<void> {
    if (this.#troubles === undefined || !this.#options.current().steadyWall.isSteady) return;
    const before = this.#options.clock.wall() - KEPT_DAYS * DAY_MS;
    await forgetVerdicts(this.#options.store, before);
    await forgetIncidents(this.#options.store, before);
  }
}

const keyOf = ({ kind, name }: Pick<Verdict, 'kind' | 'name'>) => `${kind} ${name}`;
const nameOf = (key: string): [kind: string, name: string] => {
  const space = key.indexOf(' ');
  return [key.slice(0, space), key.slice(space + 1)];
};

const unknownAt = (kind: string, name: string, at: number): Omit<VerdictRow, 'sequence'> => ({
  kind,
  name,
  at,
  status: 'unknown',
  reason: null,
  state: null,
  state_before: null,
});

const newIncidentId = () => `incident_${randomUUID().replaceAll('-', '')}`;

/** A provider where several of its targets were ill, otherwise the one. */
const causeOf = ({ group, targets }: Trouble) =>
  targets.length === 1 ? (targets[0] ?? group) : group;

const rowOf = (trouble: Trouble): Parameters<typeof saveIncident>[1] => ({
  id: trouble.id,
  cause: causeOf(trouble),
  targets: JSON.stringify(trouble.targets),
  severity: trouble.severity,
  routes: JSON.stringify(trouble.routes),
  reason: trouble.reason,
  started_at: trouble.startedAt,
  ended_at: trouble.endedAt ?? null,
});

function troubleOf(row: IncidentRow): Trouble {
  const targets = JSON.parse(row.targets) as string[];
  return {
    id: row.id,
    group: groupOf(targets[0] ?? row.cause),
    targets,
    routes: JSON.parse(row.routes) as string[],
    severity: row.severity === 'down' ? 'down' : 'degraded',
    reason: row.reason,
    startedAt: row.started_at,
    endedAt: undefined,
  };
}

/** Ids of targets are `provider/model`, and names of providers have no slash. */
const groupOf = (target: string) => target.split('/', 1)[0] ?? target;
