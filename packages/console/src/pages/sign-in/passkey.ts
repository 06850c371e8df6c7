/**
 * Passkeys: what the server says and is told is JSON (W3C WebAuthn 3, 5.1.9 and 5.1.10); the
 * browser turns it into what its authenticators take.
 */
import { ApiError } from '@vitalgate/contract/api/client';
import type { TFunction } from 'i18next';

/** Why there is none, in the words of `signIn.passkeyProblems`; by the names of WebAuthn's errors. */
const problems = {
  // Cancelled, or not answered: which of them it was nobody is told (W3C WebAuthn 3, 14.5.1).
  NotAllowedError: 'cancelled',
  AbortError: 'cancelled',
  InvalidStateError: 'known',
  SecurityError: 'address',
} as const;

/** What went wrong with a passkey, as people are told: the gateway's own words, or ours for the browser's. */
export function inWords(error: Error | null, t: TFunction): Error | null {
  if (error === null || error instanceof ApiError) return error;
  const { name } = error;
  const problem = name in problems ? problems[name as keyof typeof problems] : 'other';
  return new TypeError(t(`signIn.passkeyProblems.${problem}`));
}

type Json = Readonly<Record<string, unknown>>;

/** Asks for a passkey that this site knows. */
export async function askForPasskey(options: Json): Promise<Record<string, unknown>> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
    options as unknown as PublicKeyCredentialRequestOptionsJSON,
  );
  return asJson(await navigator.credentials.get({ publicKey }));
}

/** Has one made. */
export async function makePasskey(options: Json): Promise<Record<string, unknown>> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
    options as unknown as PublicKeyCredentialCreationOptionsJSON,
  );
  return asJson(await navigator.credentials.create({ publicKey }));
}

function asJson(credential: Credential | null): Record<string, unknown> {
  if (!(credential instanceof PublicKeyCredential)) throw new TypeError('no passkey was given');
  return { ...credential.toJSON() };
}
