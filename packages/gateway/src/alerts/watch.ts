import { randomUUID } from 'node:crypto';
import type { AlertChannelConfig } from '@vitalgate/contract';
import type { Cancel } from '@vitalgate/health';
import type { Recorder } from '../history/recorder.ts';
import type { Running } from '../running.ts';
import {
  dueDeliveries,
  findAlerts,
  firingAlerts,
  forgetAlerts,
  saveAlert,
  saveDelivery,
} from '../store/alerts.ts';
import type { Store } from '../store/database.ts';
import type { AlertDeliveryRow, AlertRow } from '../store/migrations.ts';
import { sendTo, takesOne } from './channels.ts';
import { conditionsOf, type Condition } from './conditions.ts';
import type { NoticeEvent, Refusal } from './notice.ts';

/** Ratios and quantiles are sums over the ledger; a trouble is heard of by itself. */
const LOOK_MS = 15_000;
const TICK_MS = 1000;
/**
 * A share of errors waits for so long before it is told: the trouble behind it may become known, and
 * is what is told then.
 */
const PENDING_MS = 35_000;
/** What goes around a threshold is one alert. */
const HOLD_MS = 60_000;
/** Then 20 s, 40 s and so on: about an hour in all. */
const FIRST_RETRY_MS = 10_000;
const LONGEST_RETRY_MS = 15 * 60_000;
const MOST_ATTEMPTS = 10;
const AT_ONCE = 20;
const KEPT_MS = 92 * 86_400_000;
const SWEEP_MS = 3_600_000;

interface WatchOptions {
  readonly store: Store;
  readonly current: () => Running;
  readonly history: Recorder;
}

/**
 * Watches the rules, and tells channels what has begun and what is over. What is to be told stands
 * in the store until it is delivered or given up, over restarts too. Of several instances the one
 * that writes the history does it.
 */
export class AlertWatch {
  readonly #options: WatchOptions;
  readonly #listeners = new Set<(alert: AlertRow) => void>();
  readonly #stops: Cancel[] = [];
  /** When a condition that is not told yet was first true. */
  readonly #pendingSince = new Map<string, number>();
  /** When a condition was first not true any more, by rule and subject; wall-clock. */
  readonly #quietSince = new Map<string, number>();
  #looking: Promise<void> | undefined;
  #isLookDue = false;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #delivering: Promise<void> | undefined;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  start(): void {
    const { current, history } = this.#options;
    const { clock } = current();
    this.#stops.push(
      history.onTrouble(() => this.#lookSoon()),
      clock.every(TICK_MS, () => {
        if (clock.now() - this.#lookedAt >= LOOK_MS) this.#lookSoon();
        this.#deliverSoon();
      }),
      clock.every(SWEEP_MS, () => {
        const { store } = this.#options;
        if (!current().steadyWall.isSteady) return;
        void this.#quietly(() => forgetAlerts(store, clock.wall() - KEPT_MS));
      }),
    );
  }

  /** Calls `listener` with each alert that begins or ends. */
  onAlert(listener: (alert: AlertRow) => void): Cancel {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops) stop();
    await Promise.all([this.#looking, this.#delivering]);
  }

  /** Sends a test now, once, and tells what came of it. */
  async test(channel: AlertChannelConfig): Promise<AlertDeliveryRow> {
    const row = this.#deliveryTo(channel.name, 'test', []);
    const refusal = await this.#send(channel, row, []);
    if (refusal === undefined && takesOne(channel)) {
      // Nobody should have to close what was never open.
      await this.#send(channel, { ...row, event: 'resolved' }, []);
    }
    const sent = after(row, refusal && { ...refusal, isFinal: true }, this.#now());
    await saveDelivery(this.#options.store, sent);
    return sent;
  }

  #now(): number {
    return this.#options.current().clock.wall();
  }

  #lookSoon(): void {
    if (!this.#options.history.isWriting) return;
    if (this.#looking !== undefined) {
      this.#isLookDue = true;
      return;
    }
    this.#lookedAt = this.#options.current().clock.now();
    this.#looking = this.#quietly(() => this.#look()).finally(() => {
      this.#looking = undefined;
      if (!this.#isLookDue) return;
      this.#isLookDue = false;
      this.#lookSoon();
    });
  }

  #deliverSoon(): void {
    if (!this.#options.history.isWriting) return;
    this.#delivering ??= this.#quietly(() => this.#deliver()).finally(() => {
      this.#delivering = undefined;
    });
  }

  async #quietly(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      // Nothing is lost: it is looked again, and what is not sent stands in the store.
      this.#options.current().log.warn({ err: error }, 'alerts could not be looked after');
    }
  }

  async #look(): Promise<void> {
    const { store, current } = this.#options;
    const firing = await firingAlerts(store);
    if (current().config.alertRules.length === 0 && firing.length === 0) return;
    const found = await conditionsOf(current(), store);
    const now = this.#now();
    const known = new Map(firing.map((alert) => [keyOf(alert), alert]));
    const begun: AlertRow[] = [];
    const keys = new Set(found.map(keyOf));
    for (const key of this.#pendingSince.keys()) {
      if (!keys.has(key)) this.#pendingSince.delete(key);
    }
    for (const condition of found) {
      const key = keyOf(condition);
      this.#quietSince.delete(key);
      const before = known.get(key);
      known.delete(key);
      if (before === undefined && this.#rule(condition)?.kind !== 'verdict') {
        const since = this.#pendingSince.get(key) ?? now;
        this.#pendingSince.set(key, since);
        if (now - since < PENDING_MS) continue;
        this.#pendingSince.delete(key);
      }
      const row = rowOf(condition, before, now);
      if (before !== undefined && isSame(before, row)) continue;
      await saveAlert(store, row);
      this.#tell(row);
      if (before === undefined) begun.push(row);
    }
    const over: AlertRow[] = [];
    for (const [key, alert] of known) {
      const since = this.#quietSince.get(key) ?? now;
      this.#quietSince.set(key, since);
      // Troubles have waited already before they are over.
      const waits = this.#rule(alert)?.kind !== 'verdict' && now - since < HOLD_MS;
      if (waits && this.#rule(alert) !== undefined) continue;
      this.#quietSince.delete(key);
      const ended = { ...alert, ended_at: since };
      await saveAlert(store, ended);
      this.#tell(ended);
      over.push(ended);
    }
    await this.#announce('firing', begun);
    await this.#announce('resolved', over);
    if (begun.length + over.length > 0) this.#deliverSoon();
  }

  #rule({ rule }: Pick<AlertRow, 'rule'>) {
    return this.#options.current().config.alertRules.find(({ name }) => name === rule);
  }

  #tell(alert: AlertRow): void {
    for (const listener of this.#listeners) listener(alert);
  }

  /** One message to each channel for all that happened at once. */
  async #announce(event: NoticeEvent, alerts: readonly AlertRow[]): Promise<void> {
    const { store, current } = this.#options;
    for (const channel of current().config.alertChannels) {
      const its = alerts.filter((alert) => this.#rule(alert)?.channels.includes(channel.name));
      const messages = takesOne(channel) ? its.map((one) => [one]) : its.length > 0 ? [its] : [];
      for (const message of messages) {
        const ids = message.map(({ id }) => id);
        await saveDelivery(store, this.#deliveryTo(channel.name, event, ids));
      }
    }
  }

  #deliveryTo(channel: string, event: NoticeEvent, alerts: readonly string[]): AlertDeliveryRow {
    const now = this.#now();
    return {
      id: `delivery_${randomUUID().replaceAll('-', '')}`,
      channel,
      event,
      alerts: JSON.stringify(alerts),
      at: now,
      state: 'waiting',
      attempts: 0,
      next_at: now,
      problem: null,
    };
  }

  async #deliver(): Promise<void> {
    const { store, current } = this.#options;
    const due = await dueDeliveries(store, this.#now(), AT_ONCE);
    await Promise.all(
      due.map(async (row) => {
        const channel = current().config.alertChannels.find(({ name }) => name === row.channel);
        const alerts = await findAlerts(store, JSON.parse(row.alerts) as string[]);
        const refusal =
          channel === undefined
            ? { problem: 'the channel is gone', isFinal: true }
            : await this.#send(channel, row, alerts);
        const sent = after(row, refusal, this.#now());
        await saveDelivery(store, sent);
        const { state, problem, attempts } = sent;
        if (state === 'delivered') return;
        current().log.warn(
          { channel: row.channel, state, problem, attempts },
          'alert not delivered',
        );
      }),
    );
  }

  #send(
    channel: AlertChannelConfig,
    { id, event }: AlertDeliveryRow,
    alerts: readonly AlertRow[],
  ): Promise<Refusal | undefined> {
    const { clock, deadlines, config } = this.#options.current();
    const { url } = config.console;
    const link = url === undefined ? undefined : new URL('/alerts', url).href;
    const notice = { id, event: event as NoticeEvent, alerts, at: clock.wall(), link };
    return sendTo(channel, notice, { clock, deadlines });
  }
}

const keyOf = ({ rule, subject }: Pick<AlertRow, 'rule' | 'subject'>) =>
  JSON.stringify([rule, subject]);

const isSame = (one: AlertRow, other: AlertRow) =>
  one.message === other.message && one.effects === other.effects && one.severity === other.severity;

/** What was told as an effect stays one, even when it is over before its cause. */
function rowOf(condition: Condition, before: AlertRow | undefined, now: number): AlertRow {
  const known = before === undefined ? [] : (JSON.parse(before.effects) as string[]);
  return {
    id: before?.id ?? `alert_${randomUUID().replaceAll('-', '')}`,
    rule: condition.rule,
    subject: condition.subject,
    message: condition.message,
    severity: condition.severity,
    effects: JSON.stringify([...new Set([...known, ...condition.effects])]),
    started_at: before?.started_at ?? now,
    ended_at: null,
  };
}

/** What an attempt has made of a delivery. */
function after(row: AlertDeliveryRow, refusal: Refusal | undefined, now: number): AlertDeliveryRow {
  const attempts = row.attempts + 1;
  if (refusal === undefined) {
    return { ...row, attempts, state: 'delivered', next_at: null, problem: null };
  }
  const { problem, isFinal } = refusal;
  if (isFinal || attempts >= MOST_ATTEMPTS) {
    return { ...row, attempts, state: 'failed', next_at: null, problem };
  }
  const wait = Math.min(FIRST_RETRY_MS * 2 ** (attempts - 1), LONGEST_RETRY_MS);
  return { ...row, attempts, next_at: now + wait, problem };
}
