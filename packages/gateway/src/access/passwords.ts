import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { ApiFailure } from '@vitalgate/contract/api';

const derive = promisify(argon2);

/** OWASP Password Storage Cheat Sheet: Argon2id with 19 MiB, two passes, one lane. */
const MEMORY_KIB = 19 * 1024;
const PASSES = 2;
const TAG_BYTES = 32;
const SALT_BYTES = 16;

/** Each takes 19 MiB and a thread of the pool; more at once would starve everything else. */
const AT_ONCE = 2;
const MOST_WAITING = 20;

let running = 0;
const waiting: (() => void)[] = [];

/** @throws {ApiFailure} `unavailable` when too many wait already. */
async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  if (running >= AT_ONCE) {
    if (waiting.length >= MOST_WAITING) {
      throw new ApiFailure('unavailable', 'too many people sign in at once; try again', {
        retryAfter: 5,
      });
    }
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
  running += 1;
  try {
    return await work();
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}

const hashWith = (password: string, salt: Buffer): Promise<Buffer> =>
  derive('argon2id', {
    // The same letters in another composition are the same password (RFC 8265).
    message: Buffer.from(password.normalize('NFC')),
    nonce: salt,
    parallelism: 1,
    tagLength: TAG_BYTES,
    memory: MEMORY_KIB,
    passes: PASSES,
  });

const base64 = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');

/** A password as a PHC string (github.com/P-H-C/phc-string-format). */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const tag = await inTurn(() => hashWith(password, salt));
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=1$${base64(salt)}$${base64(tag)}`;
}

/** Where there is no such user the work is the same, so that time does not tell. */
const NOBODY_SALT = randomBytes(SALT_BYTES);

/** Whether a password is the one that was hashed; as slow for a user that does not exist. */
export async function isPassword(password: string, hash: string | null): Promise<boolean> {
  const [, , , , salt, tag] = hash?.split('$') ?? [];
  const known = tag === undefined ? undefined : Buffer.from(tag, 'base64');
  const found = await inTurn(() =>
    hashWith(password, salt === undefined ? NOBODY_SALT : Buffer.from(salt, 'base64')),
  );
  return known !== undefined && known.length === found.length && timingSafeEqual(known, found);
}

/** What many would try first; of the well-known lists, the ones that are long enough. */
const COMMON = new Set(
  `123456789012 1234567890123 1234567890qw 123456789abc 1qaz2wsx3edc 1q2w3e4r5t6y abcd12345678
   abcdefghijkl administrator adminadminadmin changemechangeme iloveyou1234 letmeinletmein
   passw0rdpassw0rd password1234 password12345 password123456 passwordpassword qazwsxedcrfv
   qwerty123456 qwertyuiop12 qwertyuiop123 qwertyuiop[] qwertyuiopas qwertyqwerty
   welcome12345 zxcvbnm12345 correcthorsebatterystaple`.split(/\s+/),
);

/**
 * Refuses what would be guessed: common ones, one character over and over, and what the account
 * itself tells (NIST SP 800-63B, section 5.1.1.2).
 *
 * @throws {ApiFailure} `invalid_request`
 */
export function checkNewPassword(password: string, email: string): void {
  const folded = password.toLowerCase();
  const [local = ''] = email.toLowerCase().split('@', 1);
  const isGuessed =
    COMMON.has(folded) ||
    new Set(folded).size < 4 ||
    folded === email.toLowerCase() ||
    (local.length >= 4 && folded.replaceAll(local, '').length < 6) ||
    folded.replaceAll('vitalgate', '').length < 6;
  if (!isGuessed) return;
  const message = 'found a password that would be guessed, expected one that is not on lists';
  throw new ApiFailure('invalid_request', message, {
    errors: [{ path: 'body.password', message }],
  });
}
