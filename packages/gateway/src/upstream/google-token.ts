import { importPKCS8, SignJWT } from 'jose';
import type { Clock } from '@vitalgate/health';
import { broken, type Verdict } from './classify.ts';
import type { Deadlines } from './deadlines.ts';
import { Door } from './door.ts';
import { exchangeOnce } from './exchange-once.ts';

const TOKEN_URI = 'https://oauth2.googleapis.com/token';
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const HOUR_S = 3600;

/** With less left than this a new token is asked for, while the old one is still used. */
const RENEW_MS = 5 * 60_000;
/** With less left than this it may expire on its way. */
const LEAST_MS = 10_000;

interface Needs {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
}

interface KeyFile {
  readonly client_email: string;
  readonly private_key: string;
  readonly private_key_id?: string;
  readonly token_uri?: string;
}

/**
 * Access tokens of one service account, made from its key (RFC 7523, section 2.1; Google Identity,
 * "Using OAuth 2.0 for Server to Server Applications"). One is asked for at a time, however many
 * requests wait for it.
 */
export class GoogleToken {
  readonly #key: KeyFile;
  readonly #mayBePrivate: boolean;
  #token: { readonly text: string; readonly until: number } | undefined;
  #asked: Promise<string | Verdict> | undefined;

  /** `json` is the key file, which the configuration has looked at. */
  constructor(json: string, mayBePrivate: boolean) {
    this.#key = JSON.parse(json) as KeyFile;
    this.#mayBePrivate = mayBePrivate;
  }

  /** A token that is good for now, or why there is none. */
  get(needs: Needs): string | Promise<string | Verdict> {
    const left = this.#token === undefined ? 0 : this.#token.until - needs.clock.now();
    if (this.#token !== undefined && left > RENEW_MS) return this.#token.text;
    this.#asked ??= this.#ask(needs).finally(() => {
      this.#asked = undefined;
    });
    return this.#token !== undefined && left > LEAST_MS ? this.#token.text : this.#asked;
  }

  async #ask({ clock, deadlines }: Needs): Promise<string | Verdict> {
    const url = new URL(this.#key.token_uri ?? TOKEN_URI);
    const assertion = await this.#assertion(url.href, clock.wall());
    if (assertion === undefined) return broken.tokenRefused;
    const door = new Door({ origin: url, mayBePrivate: this.#mayBePrivate });
    const askedAt = clock.now();
    const got = await exchangeOnce(
      door,
      {
        method: 'POST',
        path: url.pathname,
        headers: [
          'content-type',
          'application/x-www-form-urlencoded',
          'accept-encoding',
          'identity',
        ],
        body: Buffer.from(new URLSearchParams({ grant_type: GRANT, assertion }).toString()),
        timeoutMs: 10_000,
        mostBytes: 64 * 1024,
      },
      { clock, deadlines },
    );
    door.close();
    if (got === undefined || got.status >= 500) return broken.tokenUnavailable;
    const token = got.status === 200 ? readToken(got.body) : undefined;
    if (token === undefined) return broken.tokenRefused;
    this.#token = { text: token.text, until: askedAt + token.seconds * 1000 };
    return token.text;
  }

  /** Undefined when the key cannot sign. */
  async #assertion(audience: string, wall: number): Promise<string | undefined> {
    const { client_email, private_key, private_key_id } = this.#key;
    const now = Math.floor(wall / 1000);
    try {
      return await new SignJWT({ scope: SCOPE })
        .setProtectedHeader({
          alg: 'RS256',
          typ: 'JWT',
          ...(private_key_id === undefined ? {} : { kid: private_key_id }),
        })
        .setIssuer(client_email)
        .setAudience(audience)
        .setIssuedAt(now)
        .setExpirationTime(now + HOUR_S)
        .sign(await importPKCS8(private_key, 'RS256'));
    } catch {
      return undefined;
    }
  }
}

/** RFC 6749, section 5.1. */
function readToken(body: Buffer): { text: string; seconds: number } | undefined {
  let told: unknown;
  try {
    told = JSON.parse(body.toString());
  } catch {
    return undefined;
  }
  if (typeof told !== 'object' || told === null) return undefined;
  const { access_token: text, expires_in: seconds } = told as Record<string, unknown>;
  if (typeof text !== 'string' || !/^[\x21-\x7e]+$/.test(text)) return undefined;
  return { text, seconds: typeof seconds === 'number' && seconds > 0 ? seconds : HOUR_S };
}
