import type { JwtIssuerConfig } from '@vitalgate/contract';
import { Failure } from '@vitalgate/contract';
import type { Clock } from '@vitalgate/health';
import {
  createLocalJWKSet,
  decodeJwt,
  errors,
  jwtVerify,
  type JSONWebKeySet,
  type JWTPayload,
} from 'jose';
import type { Deadlines } from '../upstream/deadlines.ts';
import { Door } from '../upstream/door.ts';
import { exchangeOnce } from '../upstream/exchange-once.ts';
import { digestOf, type Key } from './keys.ts';

/** Keys are fetched again after this long, and at once for one that is not known yet. */
const FRESH_MS = 10 * 60_000;
/** Made-up key ids must not make us ask the issuer with each request. */
const COOL_DOWN_MS = 30_000;
/** An issuer that is down is believed this long by what it said last. */
const STALE_MS = 60 * 60_000;
/** A token that was verified is not verified again for this long. */
const REMEMBERED_MS = 30_000;
const MOST_REMEMBERED = 10_000;
const FETCH_MS = 3000;
const MOST_BYTES = 256 * 1024;
/** No header field may be longer anyway. */
const LONGEST = 8192;

interface Parts {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
}

/** Tokens of the configured issuers as keys (RFC 7519; checks as RFC 8725 has them). */
export class TokenKeys {
  readonly #issuers: ReadonlyMap<string, Issuer>;
  readonly #clock: Clock;
  readonly #bound: (key: Key) => Key;
  readonly #remembered = new Map<string, { readonly key: Key; readonly until: number }>();

  /** @param bound holds a key to what its team may do, or refuses it */
  constructor(configs: readonly JwtIssuerConfig[], parts: Parts, bound: (key: Key) => Key) {
    this.#clock = parts.clock;
    this.#bound = bound;
    this.#issuers = new Map(configs.map((config) => [config.issuer, new Issuer(config, parts)]));
  }

  /**
   * The key a token stands for; undefined when it is no token of ours, or not a good one.
   *
   * @throws {Failure} `overloaded` while the issuer's keys cannot be had, and what `bound` throws
   */
  async find(token: string): Promise<Key | undefined> {
    if (token.length > LONGEST) return undefined;
    const id = digestOf(token).toString('latin1');
    const known = this.#remembered.get(id);
    if (known !== undefined && this.#clock.now() < known.until) return known.key;
    const issuer = this.#issuers.get(issuerOf(token) ?? '');
    const found = await issuer?.keyOf(token);
    if (found === undefined) return undefined;
    const key = this.#bound(found);
    if (this.#remembered.size >= MOST_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(id, { key, until: this.#clock.now() + REMEMBERED_MS });
    return key;
  }

  /** Whether a credential has the form of a token, and there is anybody to have made it. */
  mayBe(credential: string | undefined): credential is string {
    return (
      this.#issuers.size > 0 &&
      credential !== undefined &&
      /^eyJ[^.]+\.[^.]+\.[^.]+$/.test(credential)
    );
  }

  close(): void {
    for (const issuer of this.#issuers.values()) issuer.close();
  }
}

/** Whom a token claims to be from; nothing is believed of it yet. */
function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

class Issuer {
  readonly #config: JwtIssuerConfig;
  readonly #parts: Parts;
  readonly #door: Door;
  #keys: ReturnType<typeof createLocalJWKSet> | undefined;
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #askedAt = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;

  constructor(config: JwtIssuerConfig, parts: Parts) {
    this.#config = config;
    this.#parts = parts;
    this.#door = new Door({ origin: config.jwks, mayBePrivate: config.private });
  }

  async keyOf(token: string): Promise<Key | undefined> {
    const age = this.#parts.clock.now() - this.#fetchedAt;
    if (age > FRESH_MS) await this.#fetch();
    if (this.#keys === undefined || this.#parts.clock.now() - this.#fetchedAt > STALE_MS) {
      throw new Failure(
        'overloaded',
        `the keys of ${this.#config.name} cannot be fetched; try again`,
        {
          retryAfter: 5,
        },
      );
    }
    try {
      return this.#key(await this.#verify(token));
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) return undefined;
    }
    // The issuer may have changed its keys since.
    if (!(await this.#fetch())) return undefined;
    try {
      return this.#key(await this.#verify(token));
    } catch {
      return undefined;
    }
  }

  close(): void {
    this.#door.close();
  }

  async #verify(token: string): Promise<JWTPayload> {
    const { issuer, audience, algorithms, leeway, claims } = this.#config;
    const keys = this.#keys;
    if (keys === undefined) throw new errors.JWKSNoMatchingKey();
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      algorithms,
      clockTolerance: leeway / 1000,
      requiredClaims: ['exp', claims.name],
      currentDate: new Date(this.#parts.clock.wall()),
    });
    return payload;
  }

  #key(payload: JWTPayload): Key | undefined {
    const { name, claims, limits, guardrails, leeway } = this.#config;
    const subject = payload[claims.name];
    if (typeof subject !== 'string' || subject === '') return undefined;
    const team = claims.team === undefined ? undefined : payload[claims.team];
    const models = claims.models === undefined ? undefined : payload[claims.models];
    return {
      id: `jwt:${name}:${subject}`.slice(0, 256),
      name: subject.slice(0, 128),
      digest: digestOf(`${name} ${subject}`),
      // No name at all binds to no team; anything else that is no name is one there is none of.
      team: team === undefined || typeof team === 'string' ? team : JSON.stringify(team),
      // A claim that is asked for and not there allows nothing.
      models: claims.models === undefined ? undefined : new Set(namesIn(models)),
      apis: undefined,
      prompts: undefined,
      ips: undefined,
      expires: (payload.exp ?? 0) * 1000 + leeway,
      limits,
      guardrails,
      source: 'jwt',
    };
  }

  /** False while it is too soon to ask again. */
  async #fetch(): Promise<boolean> {
    const now = this.#parts.clock.now();
    if (this.#asking === undefined) {
      if (now - this.#askedAt < COOL_DOWN_MS) return false;
      this.#askedAt = now;
      this.#asking = this.#ask().finally(() => {
        this.#asking = undefined;
      });
    }
    await this.#asking;
    return true;
  }

  async #ask(): Promise<void> {
    const { jwks } = this.#config;
    const got = await exchangeOnce(
      this.#door,
      {
        method: 'GET',
        path: jwks.pathname,
        headers: ['accept', 'application/json', 'accept-encoding', 'identity'],
        body: null,
        timeoutMs: FETCH_MS,
        mostBytes: MOST_BYTES,
      },
      this.#parts,
    );
    const keys = got?.status === 200 ? keySet(got.body) : undefined;
    if (keys === undefined) return;
    this.#keys = keys;
    this.#fetchedAt = this.#parts.clock.now();
  }
}

function keySet(body: Buffer): ReturnType<typeof createLocalJWKSet> | undefined {
  try {
    return createLocalJWKSet(JSON.parse(body.toString()) as JSONWebKeySet);
  } catch {
    return undefined;
  }
}

/** A list of names, or one text with spaces between them, as scopes have (RFC 8693, section 4.2). */
function namesIn(claim: unknown): readonly string[] {
  if (typeof claim === 'string') return claim.split(' ');
  return Array.isArray(claim) ? claim.filter((one) => typeof one === 'string') : [];
}
