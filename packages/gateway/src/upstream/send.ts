import { wires, type ProviderDialect } from '@vitalgate/dialects';
import type { Clock } from '@vitalgate/health';
import { awsHeaders } from './aws-signature.ts';
import type { UpstreamCall } from './call.ts';
import type { Verdict } from './classify.ts';
import type { Credential } from './credentials.ts';
import type { Deadlines } from './deadlines.ts';
import type { Provider } from './provider.ts';

interface Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Names and values in turn; those that say who we are are added. */
  readonly headers: readonly string[];
  readonly body: Buffer | null;
}

interface Needs {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
}

/** Sends a request to a provider under one of its credentials, once what proves it is at hand. */
export function sendAs(
  provider: Provider,
  credential: Credential,
  dialect: ProviderDialect,
  request: Request,
  call: UpstreamCall,
  needs: Needs,
): void {
  const send = (proof: readonly string[] | Verdict): void => {
    if (!isHeaders(proof)) return call.giveUp(proof);
    const headers = [...request.headers, ...proof];
    call.sendBy(() => provider.door.send({ ...request, headers }, call));
  };
  const proof = proofOf(provider, credential, dialect, request, needs);
  if (proof instanceof Promise) void proof.then(send);
  else send(proof);
}

const isHeaders = (proof: readonly string[] | Verdict): proof is readonly string[] =>
  Array.isArray(proof);

/** Headers that say who we are; a promise where they have to be signed or asked for. */
function proofOf(
  provider: Provider,
  credential: Credential,
  dialect: ProviderDialect,
  { method, path, body }: Request,
  needs: Needs,
): readonly string[] | Promise<readonly string[] | Verdict> {
  const { secret, aws, google } = credential;
  if (secret === undefined) return [];
  if (aws !== undefined) {
    const url = new URL(path, provider.url);
    return awsHeaders(credential, { method, url, body }, needs.clock.wall());
  }
  if (google === undefined) return wires[dialect].credential(secret);
  const token = google.get(needs);
  if (typeof token === 'string') return bearer(token);
  return token.then((found) => (typeof found === 'string' ? bearer(found) : found));
}

const bearer = (token: string): string[] => ['authorization', `Bearer ${token}`];
