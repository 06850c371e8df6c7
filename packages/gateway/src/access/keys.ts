import { createHash, hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { KeyConfig, LimitConfig } from '@vitalgate/contract';
import { networks, type Networks } from './networks.ts';

/** What the gateway knows of a client key. The secret is not part of it. */
export interface Key {
  readonly id: string;
  readonly name: string;
  /** SHA-256 of the secret. Keys carry 160 random bits, so a slow hash would add nothing. */
  readonly digest: Buffer;
  /** Who answers for it. */
  readonly owner?: string | undefined;
  /** Whose limits it shares. */
  readonly team: string | undefined;
  /** Names of models it may use; undefined means all. */
  readonly models: ReadonlySet<string> | undefined;
  /** Names of APIs it may use; undefined means all. */
  readonly apis: ReadonlySet<string> | undefined;
  /** Names of prompts it may call, whatever their models; undefined means those of its models. */
  readonly prompts: ReadonlySet<string> | undefined;
  /** Networks it may come from; undefined means any. */
  readonly ips: Networks | undefined;
  /** Wall-clock milliseconds after which it is refused. */
  readonly expires: number | undefined;
  readonly limits: readonly LimitConfig[];
  /** Names of guardrails that hold for it, beside those for all. */
  readonly guardrails?: readonly string[] | undefined;
  readonly source: 'file' | 'store' | 'jwt';
  /** Its secret looks like one that we made and is none: somebody chose it for the file. */
  readonly isOdd?: boolean;
}

/** Enough of a key to find its bucket; the rest is compared in constant time. */
const BUCKET_LENGTH = 8;

export function digestOf(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}

/** An immutable set of keys, looked up by digest. */
export class Keyring {
  readonly #buckets = new Map<string, Key[]>();
  readonly size: number;
  readonly #byId = new Map<string, Key>();
  #hasOdd = false;
  /** Names by id, for those who read the ledger. */
  readonly names: ReadonlyMap<string, string>;
  readonly all: readonly Key[];

  constructor(keys: Iterable<Key>) {
    let size = 0;
    const names = new Map<string, string>();
    this.all = [...keys];
    for (const key of this.all) {
      names.set(key.id, key.name);
      // Of one that was rotated the first has its new secret.
      if (!this.#byId.has(key.id)) this.#byId.set(key.id, key);
      this.#hasOdd ||= key.isOdd === true;
      const bucket = key.digest.toString('latin1', 0, BUCKET_LENGTH);
      const others = this.#buckets.get(bucket);
      if (others === undefined) this.#buckets.set(bucket, [key]);
      else others.push(key);
      size += 1;
    }
    this.size = size;
    this.names = names;
  }

  get keys(): Iterable<Key> {
    return this.#byId.values();
  }

  withId(id: string): Key | undefined {
    return this.#byId.get(id);
  }

  /** The key with this secret, whether or not it is still valid. */
  find(secret: string): Key | undefined {
    if (isMistyped(secret) && !this.#hasOdd) return undefined;
    return this.withDigest(digestOf(secret));
  }

  /** The same of its digest. */
  withDigest(digest: Buffer): Key | undefined {
    const bucket = this.#buckets.get(digest.toString('latin1', 0, BUCKET_LENGTH));
    return bucket?.find((key) => timingSafeEqual(key.digest, digest));
  }
}

export function keyFromConfig(config: KeyConfig): Key {
  return {
    id: `file:${config.name}`,
    name: config.name,
    digest: digestOf(config.secret),
    owner: config.owner,
    team: config.team,
    models: config.models === undefined ? undefined : new Set(config.models),
    apis: config.apis === undefined ? undefined : new Set(config.apis),
    prompts: config.prompts === undefined ? undefined : new Set(config.prompts),
    ips: config.ips === undefined ? undefined : networks(config.ips),
    expires: config.expires,
    limits: config.limits,
    guardrails: config.guardrails,
    source: 'file',
    isOdd: isMistyped(config.secret),
  };
}

/**
 * A new secret: `vg_`, 160 random bits in base32 and a checksum of 6 digits, so that a secret
 * scanner can tell a real key from a look-alike.
 */
export function newSecret(): string {
  const random = base32(randomBytes(20));
  return `vg_${random}${checksum(random)}`;
}

/** It has the shape of a secret of ours, and another checksum: a character is wrong. */
function isMistyped(secret: string): boolean {
  const [, random, sum] = /^vg_([a-z2-7]{32})([0-9a-f]{6})$/.exec(secret) ?? [];
  return random !== undefined && checksum(random) !== sum;
}

function checksum(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 6);
}

/** RFC 4648 section 6, lower case and without padding; 20 bytes give exactly 32 characters. */
function base32(bytes: Buffer): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  let bits = 0n;
  for (const byte of bytes) bits = (bits << 8n) | BigInt(byte);
  let text = '';
  for (let i = 0; i < 32; i += 1) {
    text = (alphabet[Number(bits & 31n)] ?? '') + text;
    bits >>= 5n;
  }
  return text;
}
