import type { Clock } from '@vitalgate/health';
import { UpstreamCall } from './call.ts';
import type { Verdict } from './classify.ts';
import type { Credential } from './credentials.ts';
import type { Deadlines } from './deadlines.ts';
import type { Provider } from './provider.ts';
import { ownHeaders } from './send-headers.ts';
import { sendAs } from './send.ts';

const TIMEOUT_MS = 2000;

/** What one look at a provider found. */
export interface Looked {
  readonly verdict: Verdict;
  readonly latencyMs: number;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
}

/** Looks at a provider without spending anything: it asks for the list of models. */
export async function look(
  provider: Provider,
  credential: Credential,
  { clock, deadlines }: { readonly clock: Clock; readonly deadlines: Deadlines },
): Promise<Looked> {
  const [dialect] = provider.dialects;
  const call = new UpstreamCall({
    clock,
    door: provider.door,
    deadlines,
    dialect,
    operation: 'models',
    streamed: false,
    translation: undefined,
    timeouts: {
      connectMs: TIMEOUT_MS,
      firstMs: TIMEOUT_MS,
      idleMs: TIMEOUT_MS,
      deadlineAt: clock.now() + 2 * TIMEOUT_MS,
    },
    onOver() {},
  });
  const headers = ['accept', 'application/json', ...ownHeaders(dialect)];
  const path = provider.path(dialect, 'models', '', false) ?? '/';
  const request = { method: 'GET', path, headers, body: null } as const;
  sendAs(provider, credential, dialect, request, call, { clock, deadlines });
  await call.settled;
  const latencyMs = clock.now() - call.startedAt;
  call.cancel();
  return { verdict: call.verdict, latencyMs, status: call.status };
}
