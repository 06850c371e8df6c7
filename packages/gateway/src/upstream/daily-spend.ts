import type { Clock } from '@vitalgate/health';

const DAY_MS = 86_400_000;

/** What is kept over a restart: US dollars spent on one day, by provider. */
interface Spent {
  readonly day: number;
  readonly usd: Readonly<Record<string, number>>;
}

/**
 * Money spent today (UTC) on looking at providers. It is written down before it is spent: a process
 * that is restarted again and again spends a day's budget once.
 */
export class DailySpend {
  readonly #clock: Clock;
  readonly #save: (spent: Spent) => Promise<void>;
  #day: number;
  #usd: Record<string, number>;

  constructor(clock: Clock, saved: unknown, save: (spent: Spent) => Promise<void>) {
    this.#clock = clock;
    this.#save = save;
    const known = isSpent(saved) ? saved : { day: 0, usd: {} };
    this.#day = known.day;
    this.#usd = { ...known.usd };
  }

  /** US dollars that looking at a provider has cost today. */
  today(provider: string): number {
    this.#turn();
    return this.#usd[provider] ?? 0;
  }

  /** Takes `usd` out of a provider's budget for the day; false when it would not fit, or was not kept. */
  async take(provider: string, usd: number, budget: number): Promise<boolean> {
    const spent = this.today(provider);
    if (!(spent + usd <= budget)) return false;
    // Taken before the wait, so that two at once cannot take the same.
    this.#usd[provider] = spent + usd;
    try {
      await this.#save({ day: this.#day, usd: this.#usd });
      return true;
    } catch {
      return false;
    }
  }

  #turn(): void {
    const today = Math.floor(this.#clock.wall() / DAY_MS);
    // A clock that is set back must not give the same day's money twice.
    if (today <= this.#day) return;
    this.#day = today;
    this.#usd = {};
  }
}

function isSpent(value: unknown): value is Spent {
  if (typeof value !== 'object' || value === null) return false;
  const { day, usd } = value as Partial<Record<keyof Spent, unknown>>;
  return (
    typeof day === 'number' &&
    typeof usd === 'object' &&
    usd !== null &&
    Object.values(usd).every((one) => typeof one === 'number')
  );
}
