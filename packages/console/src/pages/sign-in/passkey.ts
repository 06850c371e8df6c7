/**
 * Passkeys: what the server says and is told is JSON (W3C WebAuthn 3, 5.1.9 and 5.1.10); the
 * browser turns it into what its authenticators take.
 */

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
