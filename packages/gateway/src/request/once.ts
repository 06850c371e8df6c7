import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { Failure } from '@vitalgate/contract';
import type { Key } from '../access/keys.ts';
import type { Running } from '../running.ts';
import { beginOnce, endOnce, forgetOnce } from '../store/once.ts';
import { replay } from './own-answer.ts';
import { conclude } from './conclude.ts';
import type { Understood } from './exchange.ts';
import { record, type Recorded } from './recording.ts';

/** Longer answers are remembered without what they said. */
const MOST_BYTES = 256 * 1024;
/** No call runs for longer: one that has not ended by then was cut off with its instance. */
const LOST_MS = 15 * 60_000;
const STORE_RETRY_S = 5;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What is told again; the rest of a head belongs to one request alone. */
const KEPT = /^(?:content-type|retry-after|x-vitalgate-(?:target|attempts|warnings|guardrails))$/i;

/**
 * A call with an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header) is made once for a
 * key of the gateway: true when this one is not the first, and was told what the first was. What
 * reached a provider is remembered, failures too, because they may be paid for; what was refused
 * before, and what asks to be tried again (429, 503), is not.
 *
 * @throws {Failure} `idempotency_conflict` while the first runs or its answer is not to be had,
 *   `idempotency_key_reused` for another request, `store_unavailable` where nobody can know
 */
export function isAnsweredAgain(
  understood: Understood,
  running: Running,
): Promise<boolean> | false {
  const { key, headers } = understood;
  // Without a key there is nobody whose it could be.
  if (headers.idempotencyKey === undefined || key === undefined) return false;
  return isMadeBefore(understood, key, headers.idempotencyKey, running);
}

async function isMadeBefore(
  understood: Understood,
  key: Key,
  idempotencyKey: string,
  running: Running,
): Promise<boolean> {
  const { response } = understood;
  if (!/^[\x21-\x7e]{1,255}$/.test(idempotencyKey)) {
    throw new Failure(
      'invalid_request',
      'expected an idempotency-key of 1 to 255 visible ASCII characters, such as a UUID',
    );
  }
  const { store, clock, log } = running;
  const call = sealedCall(key.id, idempotencyKey, understood);
  const at = clock.wall();
  const { team = null, owner = null } = understood.receipt;
  const whose = { key_id: key.id, team, owner };
  const begun = { id: call.id, request: call.digest, at, ...whose };
  const known = await beginOnce(store, begun).catch((cause: unknown) => {
    throw new Failure(
      'store_unavailable',
      'the store does not answer, so that nobody knows whether this call was made before',
      { retryAfter: STORE_RETRY_S, cause },
    );
  });
  if (known !== undefined) {
    if (known.request !== call.digest) {
      throw new Failure(
        'idempotency_key_reused',
        'this idempotency-key was sent with another request; send one of its own with each',
      );
    }
    const recorded = known.answer === null ? undefined : call.open(known.answer);
    if (recorded === undefined) throw notAgain(known.answered_at !== null, at - known.at);
    replay(understood, running, recorded, () =>
      conclude(understood, running, 'completed', 'replayed'),
    );
    return true;
  }
  const quietly = (work: Promise<void>) =>
    work.catch((error: unknown) => log.error({ err: error }, 'the store lost an idempotency-key'));
  const forget = () => quietly(forgetOnce(store, call.id));
  let hasEnded = false;
  response.once('close', () => {
    if (!hasEnded) void forget();
  });
  record(response, MOST_BYTES, (answer) => {
    hasEnded = true;
    const { attempts } = understood.receipt;
    if (attempts === 0 || answer.status === 429 || answer.status === 503) return forget();
    const sealed = answer.body === undefined ? null : call.seal(answer, answer.body);
    return quietly(endOnce(store, { id: call.id, answered_at: clock.wall(), answer: sealed }));
  });
  return false;
}

function notAgain(isAnswered: boolean, ageMs: number): Failure {
  if (!isAnswered && ageMs < LOST_MS) {
    return new Failure('idempotency_conflict', 'the first call with this idempotency-key runs', {
      retryAfter: 1,
    });
  }
  return new Failure(
    'idempotency_conflict',
    isAnswered
      ? 'this call was made before, and its answer is no longer kept; send another idempotency-key to pay for another'
      : 'this call was cut off, and may have been paid for; send another idempotency-key to pay for another',
  );
}

/**
 * A call by digests alone. Its answer is encrypted with what only its caller knows, the key it
 * chose and what it asked: whoever reads the store reads no answer.
 */
function sealedCall(keyId: string, chosen: string, { path, named, body }: Understood) {
  const id = createHash('sha256').update(`once ${keyId}\n${chosen}`).digest('hex');
  const asked = Buffer.concat([Buffer.from(`${path}\n${named ?? ''}\n`), body]);
  const digest = createHash('sha256').update(asked).digest('hex');
  const secret = () =>
    Buffer.from(
      hkdfSync('sha256', Buffer.concat([Buffer.from(`${chosen}\n`), asked]), keyId, 'once', 32),
    );
  return {
    id,
    digest,
    seal({ status, head }: Recorded, answer: Buffer): string {
      const fields: string[] = [];
      for (let i = 0; i < head.length; i += 2) {
        const [name = '', value = ''] = [head[i], head[i + 1]];
        if (KEPT.test(name)) fields.push(name, value);
      }
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', secret(), nonce).setAAD(Buffer.from(id));
      const plain = Buffer.concat([Buffer.from(`${JSON.stringify([status, fields])}\n`), answer]);
      const text = Buffer.concat([cipher.update(plain), cipher.final()]);
      return Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64');
    },
    open(sealed: string): Recorded | undefined {
      try {
        const bytes = Buffer.from(sealed, 'base64');
        const end = bytes.length - TAG_BYTES;
        const opener = createDecipheriv('aes-256-gcm', secret(), bytes.subarray(0, NONCE_BYTES), {
          authTagLength: TAG_BYTES,
        })
          .setAAD(Buffer.from(id))
          .setAuthTag(bytes.subarray(end));
        const plain = Buffer.concat([
          opener.update(bytes.subarray(NONCE_BYTES, end)),
          opener.final(),
        ]);
        const line = plain.indexOf('\n');
        const [status, head] = JSON.parse(plain.toString('utf8', 0, line)) as [number, string[]];
        return { status, head, body: plain.subarray(line + 1) };
      } catch {
        return undefined;
      }
    },
  };
}
