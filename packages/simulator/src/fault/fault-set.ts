import type { Random } from '../toy/random.ts';
import {
  type BreakageEffect,
  type Effect,
  effectOf,
  effects,
  type Fault,
  type Telling,
} from './fault.ts';

/** What strikes one request. */
export interface Strike {
  readonly latency: number;
  readonly timeToFirstToken: number;
  /** Infinity when unpaced. */
  readonly tokensPerSecond: number;
  readonly breakage: Breakage | undefined;
}

export interface Breakage extends Telling {
  readonly effect: BreakageEffect;
  /** 1 where the effect is `true`. */
  readonly value: number;
}

/** A fault as it stands. */
export type StandingFault = Fault & {
  /** How many requests it has struck. */
  readonly struck: number;
};

/** Faults of this model (`*`: those of every model), with this effect, or of both. */
export interface FaultFilter {
  readonly model?: string;
  readonly effect?: Effect;
}

interface Standing {
  readonly fault: Fault;
  readonly effect: Effect;
  readonly value: number | true;
  struck: number;
}

/** The faults that are set, and the dice that decide whom they strike. */
export class FaultSet {
  readonly #dice: Random;
  /** The latest first. */
  #standing: Standing[] = [];

  constructor(dice: Random) {
    this.#dice = dice;
  }

  /** One effect on one model is one fault: setting it again replaces it. */
  set(fault: Fault): void {
    const { effect, value } = effectOf(fault);
    this.clear({ model: modelOf(fault), effect });
    this.#standing.unshift({ fault, effect, value, struck: 0 });
  }

  clear({ model, effect }: FaultFilter = {}): void {
    this.#standing = this.#standing.filter(
      (one) =>
        (model !== undefined && model !== modelOf(one.fault)) ||
        (effect !== undefined && effect !== one.effect),
    );
  }

  list(): readonly StandingFault[] {
    return this.#standing.map(({ fault, struck }) => ({ ...fault, struck }));
  }

  /**
   * Draws what strikes a request. Faults that came with the request go before those that were set,
   * and later ones before earlier ones. A fault is spent only when it is the one that strikes.
   */
  strike(model: string | undefined, own: readonly Fault[]): Strike {
    if (own.length === 0 && this.#standing.length === 0) return unharmed;
    const drawn = new Map<string, Standing>();
    const fromRequest = own.map((fault) => ({ fault, ...effectOf(fault), struck: 0 }));
    for (const one of [...fromRequest, ...this.#standing]) {
      const { group } = effects[one.effect];
      const place = group === 'pace' ? one.effect : group;
      if (drawn.has(place) || !this.#strikes(one, model)) continue;
      drawn.set(place, one);
      one.struck++;
    }
    this.#standing = this.#standing.filter(
      ({ fault, struck }) => struck < (fault.times ?? Infinity),
    );
    const pace = (effect: Effect): number | undefined => amountOf(drawn.get(effect));
    return {
      latency: pace('latency') ?? 0,
      timeToFirstToken: pace('timeToFirstToken') ?? 0,
      tokensPerSecond: pace('tokensPerSecond') ?? Infinity,
      breakage: breakageOf(drawn.get('breakage')),
    };
  }

  #strikes({ fault, effect }: Standing, model: string | undefined): boolean {
    if (effects[effect].group === 'listener') return false;
    const meant = modelOf(fault);
    if (meant !== '*' && meant !== model) return false;
    return fault.probability === undefined || this.#dice.next() < fault.probability;
  }
}

const unharmed: Strike = {
  latency: 0,
  timeToFirstToken: 0,
  tokensPerSecond: Infinity,
  breakage: undefined,
};

const modelOf = (fault: Fault): string => fault.model ?? '*';

const isBreakage = (effect: Effect): effect is BreakageEffect =>
  effects[effect].group === 'breakage';

function amountOf(one: Standing | undefined): number | undefined {
  return one === undefined ? undefined : Number(one.value);
}

function breakageOf(one: Standing | undefined): Breakage | undefined {
  if (one === undefined || !isBreakage(one.effect)) return undefined;
  const { retryAfter, code } = 'status' in one.fault ? one.fault : {};
  return {
    effect: one.effect,
    value: Number(one.value),
    ...(retryAfter !== undefined && { retryAfter }),
    ...(code !== undefined && { code }),
  };
}
