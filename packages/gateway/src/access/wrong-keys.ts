import type { Config } from '@vitalgate/contract';
import type { Clock } from '@vitalgate/health';
import type { Key } from './keys.ts';
import type { LimitGate } from './limits/gate.ts';
import { refuseUnless, type Amounts } from './limits/holds.ts';
import type { Limit, Moment } from './limits/limit.ts';
import { Rate } from './limits/rate.ts';
import { LimitStates } from './limits/states.ts';
import { household } from './networks.ts';

/** A secret of fewer characters may be one that somebody thought of, and that somebody else finds. */
const GUESSABLE = 16;
const WINDOW_MS = 60_000;
const MOST_FAMILIAR = 10_000;
const ONE_TRY: Amounts = { requests: 1, tokens: 0, cost: 0, concurrency: 0 };

/** Whether a secret is short enough to be found by trying. */
export const isGuessable = (secret: string): boolean => secret.length < GUESSABLE;

/** What of the gateway it needs to know. */
interface Running {
  readonly clock: Clock;
  readonly peers: { readonly gate: LimitGate };
  readonly config: Pick<Config, 'access'>;
}

/**
 * Slows down who guesses keys, by address. A key that nobody guesses works all the while, whatever
 * its neighbours try; one that is short enough works where it has worked before, and waits
 * elsewhere: if the right guess were answered, the wrong ones could go on.
 */
export class WrongKeys {
  /** Of their own, so that a flood of addresses pushes no caller's limits out. */
  readonly #states = new LimitStates();
  /** Where short keys have worked, the oldest first. */
  readonly #familiar = new Set<string>();

  /**
   * Counts a wrong one; with all instances together, where limits are shared.
   *
   * @throws {Failure} `rate_limited`, naming the address and when it may try again
   */
  async count(address: string, running: Running): Promise<void> {
    const limits = [this.#limit(address, running)];
    const at = momentOf(running);
    // One that is full is not asked for again, or a flood here would be one of the shared server.
    refuseUnless(limits, ONE_TRY, at);
    await running.peers.gate.take(limits, ONE_TRY, at);
  }

  /**
   * Lets a short one through that is right, as far as it cannot be a lucky guess.
   *
   * @throws {Failure} `rate_limited`, word for word as for a wrong one
   */
  admit(key: Pick<Key, 'id'>, address: string, running: Running): void {
    const id = `${household(address)} ${key.id}`;
    if (this.#familiar.has(id)) return;
    refuseUnless([this.#limit(address, running)], ONE_TRY, momentOf(running));
    this.#familiar.add(id);
    const [oldest] = this.#familiar;
    if (this.#familiar.size > MOST_FAMILIAR && oldest !== undefined) this.#familiar.delete(oldest);
  }

  #limit(address: string, { config }: Running): Limit {
    const network = household(address);
    const id = `all:/address:${network} wrong-keys`;
    const quota = config.access.wrongKeys;
    const whose = `callers from ${network} with wrong keys`;
    return this.#states.getPassing(
      id,
      quota,
      () => new Rate({ id, kind: 'requests', whose, label: '' }, quota, WINDOW_MS),
    );
  }
}

const momentOf = ({ clock }: Running): Moment => ({ now: clock.now(), wall: clock.wall() });
