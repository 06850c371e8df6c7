import type { AwsKey, CredentialConfig } from '@vitalgate/contract';
import { GoogleToken } from './google-token.ts';

/** One of a provider's credentials, and what is known of it. */
export interface Credential {
  readonly name: string;
  /** Undefined for a provider that asks for none. */
  readonly secret: string | undefined;
  /** Set where the secret signs requests. */
  readonly aws?: AwsKey | undefined;
  /** Set where the secret makes tokens. */
  readonly google?: GoogleToken | undefined;
}

interface Rest {
  readonly until: number;
  readonly fault: 'credential' | 'quota';
  readonly reason: string;
  /** Consecutive rests for this reason; each is longer. */
  readonly times: number;
}

/** What is left of the tightest limit, and until when that holds. */
interface Left {
  readonly share: number;
  readonly until: number;
}

/** Why nothing can be asked of a provider although its targets are well. */
export interface Blocked {
  readonly level: 'model' | 'provider';
  readonly reason: 'credentials_refused' | 'quota_spent';
}

/** A target of whose limits less than this is left stands behind those with more. */
const NEARLY_SPENT = 0.01;

/** Any model; a rest for it takes the credential out altogether. */
const ANY = '*';

const FIRST_REST_MS = 5000;
const LONGEST_REST_MS = 10 * 60_000;

/** A key that is refused again and again looks like somebody's guessing. */
const FIRST_LOOK_MS = 1000;
const LAST_LOOK_MS = 30_000;

/**
 * The credentials of one provider. A refused key rests alone and a used-up one until its limit
 * fills again, for one model or for all; the target's health is not touched. Requests go where most
 * is left, and in turn where that is not known.
 */
export class Credentials {
  readonly all: readonly Credential[];
  readonly #rests = new Map<string, Rest>();
  /** By the names of credential and model. */
  readonly #left = new Map<string, Map<string, Left>>();
  /** When one that was refused is looked at again, by its name. */
  readonly #looks = new Map<string, { readonly due: number; readonly waitMs: number }>();
  #turn = 0;

  constructor(configured: readonly CredentialConfig[], mayBePrivate = false) {
    this.all =
      configured.length === 0
        ? [{ name: 'none', secret: undefined }]
        : configured.map(({ name, value, aws, isServiceAccount }) => ({
            name,
            secret: value,
            aws,
            google: isServiceAccount === true ? new GoogleToken(value, mayBePrivate) : undefined,
          }));
  }

  /** The credential for the next request, leaving out those in `tried`; undefined when all rest. */
  take(model: string, now: number, tried: ReadonlySet<Credential>): Credential | undefined {
    let best: Credential | undefined;
    let most = -1;
    for (let i = 0; i < this.all.length; i += 1) {
      const credential = this.all[(this.#turn + i) % this.all.length] as Credential;
      if (tried.has(credential) || this.restingUntil(credential, model, now) !== undefined)
        continue;
      const left = this.#leftOf(credential, model, now);
      if (left > most) [best, most] = [credential, left];
    }
    this.#turn += 1;
    return best;
  }

  /** When it may be used again, on the clock's milliseconds; undefined when it may now. */
  restingUntil(credential: Credential, model: string, now: number): number | undefined {
    if (this.#rests.size === 0) return undefined;
    const forModel = this.#rests.get(`${credential.name} ${model}`)?.until ?? 0;
    const forAny = this.#rests.get(`${credential.name} ${ANY}`)?.until ?? 0;
    const until = Math.max(forModel, forAny);
    return until > now ? until : undefined;
  }

  /** It rests for every model. */
  isResting(credential: Credential, now: number): boolean {
    return this.restingUntil(credential, ANY, now) !== undefined;
  }

  /** Milliseconds until one may be used for `model`; 0 when one may now. */
  wait(model: string, now: number): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const credential of this.all) {
      earliest = Math.min(earliest, this.restingUntil(credential, model, now) ?? now);
    }
    return earliest - now;
  }

  /**
   * The same trouble with every credential is no longer a credential's: it belongs to the model, or,
   * where they rest for every model, to the provider. Undefined while one may be used.
   */
  blocked(model: string, now: number): Blocked | undefined {
    const rests: { rest: Rest; isForAny: boolean }[] = [];
    for (const { name } of this.all) {
      const ofAny = this.#rests.get(`${name} ${ANY}`);
      const ofModel = this.#rests.get(`${name} ${model}`);
      const isForAny = ofAny !== undefined && ofAny.until > now;
      const rest = isForAny ? ofAny : ofModel;
      if (rest === undefined || rest.until <= now) return undefined;
      rests.push({ rest, isForAny });
    }
    // One that is spent comes back by itself, whatever has become of the others.
    const isRefused = rests.every(({ rest }) => rest.fault === 'credential');
    return {
      level: rests.every(({ isForAny }) => isForAny) ? 'provider' : 'model',
      reason: isRefused ? 'credentials_refused' : 'quota_spent',
    };
  }

  /** Rests a credential, for one model or for all, as long as the provider asks or ever longer. */
  rest(
    credential: Credential,
    model: string | undefined,
    { fault, reason }: { readonly fault: Rest['fault']; readonly reason: string },
    now: number,
    askedMs: number | undefined,
  ): void {
    const id = `${credential.name} ${model ?? ANY}`;
    const before = this.#rests.get(id);
    const times = before?.reason === reason ? before.times + 1 : 1;
    const own = Math.min(FIRST_REST_MS * 2 ** (times - 1), LONGEST_REST_MS);
    // A provider may ask for a day by mistake; it is asked again after the longest rest.
    const ms = askedMs === undefined ? own : Math.min(askedMs, LONGEST_REST_MS);
    this.#rests.set(id, { until: now + ms, fault, reason, times });
  }

  /** It was accepted: what stood against it is forgotten. */
  accepted(credential: Credential, model: string | undefined): void {
    if (this.#rests.size === 0) return;
    this.#rests.delete(`${credential.name} ${ANY}`);
    this.#looks.delete(credential.name);
    if (model !== undefined) this.#rests.delete(`${credential.name} ${model}`);
  }

  /**
   * The one that was refused, may be well again by now, and has waited longest to be looked at; a spent
   * one is not brought back by asking. Undefined while it is nobody's turn.
   */
  refused(now: number): Credential | undefined {
    if (this.#rests.size === 0) return undefined;
    let found: Credential | undefined;
    let earliest = now;
    for (const credential of this.all) {
      const rest = this.#rests.get(`${credential.name} ${ANY}`);
      if (rest === undefined || rest.until <= now || rest.fault !== 'credential') continue;
      const due = this.#looks.get(credential.name)?.due ?? Number.NEGATIVE_INFINITY;
      if (due > earliest || (found !== undefined && due === earliest)) continue;
      [found, earliest] = [credential, due];
    }
    return found;
  }

  /** It was looked at, in vain unless it is `accepted` next: each further look comes later. */
  looked({ name }: Credential, now: number): void {
    const waitMs = Math.min((this.#looks.get(name)?.waitMs ?? FIRST_LOOK_MS / 2) * 2, LAST_LOOK_MS);
    this.#looks.set(name, { due: now + waitMs, waitMs });
  }

  /** One that no one refuses, as far as is known; any where there is none. */
  get likeliest(): Credential | undefined {
    const isRefused = ({ name }: Credential) =>
      this.#rests.get(`${name} ${ANY}`)?.fault === 'credential';
    return this.all.find((credential) => !isRefused(credential)) ?? this.all[0];
  }

  /** Notes what share is left of the tightest limit, 0 to 1, until that fills again. */
  setLeft(credential: Credential, model: string, share: number, until: number): void {
    const ofModels = this.#left.get(credential.name) ?? new Map<string, Left>();
    this.#left.set(credential.name, ofModels.set(model, { share, until }));
  }

  /** The most that is left with any of them, 0 to 1; what is not known counts as full. */
  left(model: string, now: number): number {
    let most = 0;
    for (const credential of this.all) {
      if (this.restingUntil(credential, model, now) !== undefined) continue;
      most = Math.max(most, this.#leftOf(credential, model, now));
    }
    return most;
  }

  /** Of its limits so little is left that others are asked first. */
  isNearlySpent(model: string, now: number): boolean {
    return this.left(model, now) < NEARLY_SPENT;
  }

  /** Takes over what was known of the same secrets before a configuration was reloaded. */
  inherit(before: Credentials): void {
    const same = this.all.filter((one) =>
      before.all.some((other) => other.name === one.name && other.secret === one.secret),
    );
    for (const { name } of same) {
      for (const [id, rest] of before.#rests)
        if (id.startsWith(`${name} `)) this.#rests.set(id, rest);
      const left = before.#left.get(name);
      if (left !== undefined) this.#left.set(name, left);
    }
  }

  #leftOf(credential: Credential, model: string, now: number): number {
    const left = this.#left.get(credential.name)?.get(model);
    return left === undefined || left.until <= now ? 1 : left.share;
  }

  /** What rests now, for those who ask why. Names only; a secret is never part of it. */
  resting(now: number): { credential: string; model: string; reason: string; forMs: number }[] {
    const found = [];
    for (const [id, { until, reason }] of this.#rests) {
      const space = id.indexOf(' ');
      const credential = id.slice(0, space);
      const model = id.slice(space + 1);
      if (until > now) found.push({ credential, model, reason, forMs: Math.round(until - now) });
    }
    return found;
  }
}
