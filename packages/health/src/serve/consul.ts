import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { reasonOf } from '../check/reason.ts';
import type { Cancel, Clock } from '../clock.ts';
import type { Health } from '../health.ts';
import { consulTtl } from '../report/consul.ts';

export interface ConsulOptions {
  /** Id of a TTL check that is registered with the agent. */
  readonly checkId: string;
  /** The check's TTL in milliseconds: without a word for so long Consul takes it for critical. */
  readonly ttlMs: number;
  /** Of the agent; `http://127.0.0.1:8500` when not given. */
  readonly address?: string;
  /** ACL token with `service:write`. */
  readonly token?: string;
  /** What is told: a probe, a group or a check; `readiness` when not given. */
  readonly view?: string;
  /** From 0 up to 1, for jitter. */
  readonly random?: () => number;
  /** Told after a push that failed, with a code such as `connect_refused` or `http_403`. */
  readonly onFailure?: (reason: string) => void;
}

/** Three words within a TTL: two may be lost. */
const SHARE_OF_TTL = 1 / 3;
const JITTER = 0.2;

/**
 * Keeps a TTL check of Consul renewed (developer.hashicorp.com/consul/api-docs/agent/check): at once,
 * after every change, and at least three times within its TTL. A push that fails harms no health of
 * this service; the next one follows in time. The function it answers says `critical`, deregisters
 * the check and resolves when both were tried.
 */
export function pushToConsul(health: Health, options: ConsulOptions): () => Promise<void> {
  const { checkId, ttlMs, view = 'readiness', random = Math.random, onFailure } = options;
  const id = encodeURIComponent(checkId);
  let stopTimer: Cancel = () => {};
  let told: string | undefined;
  let isOver = false;

  const put = async (path: string): Promise<void> => {
    try {
      const status = await ask(path, options, health.clock);
      if (status !== 200) onFailure?.(`http_${status}`);
    } catch (error) {
      onFailure?.(reasonOf(error));
    }
  };
  const push = async (): Promise<void> => {
    stopTimer();
    if (isOver) return;
    stopTimer = health.clock.after(
      ttlMs * SHARE_OF_TTL * (1 - JITTER * random()),
      () => void push(),
    );
    const report = health.report(view);
    if (report === undefined) return;
    const { path, note } = consulTtl(report);
    told = path;
    await put(`/v1/agent/check/${path}/${id}?note=${encodeURIComponent(note)}`);
  };
  const forget = health.onTransition(() => {
    const report = health.report(view);
    if (report !== undefined && consulTtl(report).path !== told) void push();
  });
  void push();

  return async () => {
    isOver = true;
    stopTimer();
    forget();
    await put(`/v1/agent/check/fail/${id}?note=stopping`);
    await put(`/v1/agent/check/deregister/${id}`);
  };
}

/** Status of a PUT without a body. */
function ask(
  path: string,
  { address = 'http://127.0.0.1:8500', token, ttlMs }: ConsulOptions,
  clock: Clock,
): Promise<number> {
  const request = address.startsWith('https:') ? requestHttps : requestHttp;
  const headers = token === undefined ? {} : { 'x-consul-token': token };
  const outOfTime = new AbortController();
  const { signal } = outOfTime;
  return new Promise((resolve, reject) => {
    const stopTimer = clock.after(ttlMs * SHARE_OF_TTL, () =>
      outOfTime.abort(new DOMException('the agent did not answer', 'TimeoutError')),
    );
    request(new URL(path, address), { method: 'PUT', headers, signal }, (answer) => {
      answer.on('error', reject);
      answer.on('end', () => resolve(answer.statusCode ?? 0));
      answer.resume();
    })
      .on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : error))
      .on('close', stopTimer)
      .end();
  });
}
