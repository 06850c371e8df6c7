import { ApiFailure } from '@vitalgate/contract/api';
import type { Clock } from '@vitalgate/health';
import { newAuthenticator, stepOf } from '../access/authenticator.ts';
import { isPassword } from '../access/passwords.ts';
import type { SignInThrottle } from '../access/throttle.ts';
import type { Store } from '../store/database.ts';
import { findUser, type User } from '../store/people.ts';
import {
  addAuthenticator,
  removeAuthenticator,
  takeRecoveryCode,
  takeStep,
} from '../store/second-factors.ts';
import { OF_PEOPLE, type SecretStore } from '../store/secrets.ts';
import type { Actor, Caller, Handlers } from './asked.ts';

interface SecondFactorOptions {
  readonly store: Store;
  readonly vault: SecretStore;
  readonly clock: Clock;
  readonly throttle: SignInThrottle;
}

const inUse = (userId: string) => `${OF_PEOPLE}${userId}/authenticator`;
/** Until its first code has shown that the app has it. */
const begun = (userId: string) => `${OF_PEOPLE}${userId}/authenticator-begun`;

/** Codes of an authenticator app (RFC 6238), and recovery codes in their place. */
export class SecondFactors {
  readonly handlers: Handlers;
  readonly #options: SecondFactorOptions;

  constructor(options: SecondFactorOptions) {
    this.#options = options;
    const { store, vault, clock, throttle } = options;
    this.handlers = {
      'POST /api/me/totp': async ({ actor, body, caller }) => {
        const user = await this.confirmPassword(actor, body.password, caller);
        const made = newAuthenticator(user.email);
        await vault.write(begun(user.id), made.secret);
        return made;
      },
      'POST /api/me/totp/confirm': async ({ actor, body, caller }) => {
        throttle.begin(actor.id, caller.address);
        const secret = await vault.read(begun(actor.id));
        if (secret === undefined) {
          throw new ApiFailure('not_found', 'no authenticator waits for its first code');
        }
        const step = stepOf(secret, body.code, clock.wall());
        if (step === undefined) throw wrongCode();
        throttle.succeeded(actor.id, caller.address);
        await vault.write(inUse(actor.id), secret);
        await vault.remove(begun(actor.id));
        return { recoveryCodes: await addAuthenticator(store, actor.id, step) };
      },
      'DELETE /api/me/totp': async ({ actor, body, caller }) => {
        throttle.begin(actor.id, caller.address);
        if (!(await this.isCode(actor.id, body.code))) throw wrongCode();
        throttle.succeeded(actor.id, caller.address);
        await removeAuthenticator(store, actor.id);
        await vault.remove(inUse(actor.id));
        return undefined;
      },
    };
  }

  /** Whether it is a code of the app that was not used yet, or a recovery code; either is then used. */
  async isCode(userId: string, code: string): Promise<boolean> {
    const { store, vault, clock } = this.#options;
    const secret = await vault.read(inUse(userId));
    const step = secret === undefined ? undefined : stepOf(secret, code, clock.wall());
    if (step !== undefined) return takeStep(store, userId, step);
    return takeRecoveryCode(store, userId, code);
  }

  /**
   * What changes how somebody signs in is done by whoever knows the password.
   *
   * @throws {ApiFailure} `sign_in_failed`, `too_many_attempts`
   */
  async confirmPassword({ id }: Actor, password: string, { address }: Caller): Promise<User> {
    const { store, throttle } = this.#options;
    throttle.begin(id, address);
    const user = await findUser(store, { id });
    if (user === undefined || !(await isPassword(password, user.password))) {
      throw new ApiFailure('sign_in_failed', 'the password is not right');
    }
    throttle.succeeded(id, address);
    return user;
  }
}

const wrongCode = () => new ApiFailure('sign_in_failed', 'the code is not right, or was used');
