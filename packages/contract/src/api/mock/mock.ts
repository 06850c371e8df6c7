/**
 * The admin API without a gateway: answers from memory, by the table and schemas that the real one
 * is made from. Runs in a browser and in Node; `fetch` is all there is to it.
 */
import type * as z from 'zod/mini';
import type { FetchLike } from '../client.ts';
import type { Role } from '../endpoint.ts';
import type { Body } from '../endpoints.ts';
import { matchEndpoint } from '../match.ts';
import { ApiFailure, problemOf, type ApiProblemCode } from '../problems.ts';
import { alertAnswers } from './alerts.ts';
import { readingAnswers } from './answers.ts';
import { changingAnswers } from './changes.ts';
import { drillAnswers } from './drills.ts';
import { profileAnswers } from './profile.ts';
import { readAs, writeAs } from '../validate.ts';
import { eventStream } from './live.ts';
import { playStream } from './playground.ts';
import { seeded } from './random.ts';
import { sample } from './sample.ts';
import { createState, type MockState } from './state.ts';

export interface MockOptions {
  /** Who is signed in at the start; `nobody` shows the sign-in, `new` the set-up. */
  readonly signedIn?: Role | 'nobody' | 'new';
  /** How many requests there have been; 5000 unless it says otherwise. */
  readonly requests?: number;
  /** Wall-clock milliseconds. */
  readonly now?: () => number;
  /** Calls again and again until the returned function is called. */
  readonly every?: (ms: number, run: () => void) => () => void;
}

export interface Mock {
  readonly fetch: FetchLike;
  /** What it holds, for tests that want to look or to stage something. */
  readonly state: MockState;
}

const everyInterval = (ms: number, run: () => void): (() => void) => {
  const timer = setInterval(run, ms);
  return () => clearInterval(timer);
};

export function createMock(options: MockOptions = {}): Mock {
  const { now = Date.now, every = everyInterval } = options;
  const state = createState(options.signedIn ?? 'owner', options.requests ?? 5000, now);
  const answers = {
    ...readingAnswers(state),
    ...changingAnswers(state),
    ...alertAnswers(state),
    ...drillAnswers(state),
    ...profileAnswers(state),
  };
  const random = seeded(99);

  const respond = async (url: string, init: RequestInit): Promise<Response> => {
    const { pathname, searchParams } = new URL(url, 'http://mock.invalid');
    const method = init.method ?? 'GET';
    const found = matchEndpoint(method, pathname);
    if (found === undefined) return refusal('not_found', `there is nothing at ${pathname}`);
    if (found === 'method') return refusal('method_not_allowed', `${pathname} has no ${method}`);
    const { key, endpoint, params } = found;
    const role = state.session?.role;
    if (endpoint.allow !== 'public') {
      if (role === undefined) return refusal('not_signed_in', 'sign in first');
      if (!endpoint.allow.includes(role)) return refusal('forbidden', `${role} may not`);
    }
    if (key === 'GET /api/events') {
      return eventStream(state, role ?? 'member', searchParams.get('only'), every, init.signal);
    }
    const ifMatch = new Headers(init.headers).get('if-match')?.replaceAll('"', '');
    if (endpoint.versioned === true && ifMatch === undefined) {
      return refusal('version_required', 'send If-Match');
    }
    try {
      const query = readAs(endpoint.query, Object.fromEntries(searchParams), 'query');
      const body = readAs(endpoint.body, bodyOf(init), 'body');
      if (key === 'POST /api/playground') {
        return playStream(body as Body<typeof key>, every, init.signal);
      }
      const asked = { params, query, body, ifMatch };
      const own = answers[key] as ((asked: unknown) => unknown) | undefined;
      const told = own === undefined ? sampleOf(endpoint.answer) : own(asked);
      if (endpoint.media === 'text/csv') {
        return new Response(String(told), { headers: { 'content-type': 'text/csv' } });
      }
      if (endpoint.answer === undefined) return new Response(null, { status: 204 });
      return Response.json(writeAs(endpoint.answer, told), { status: endpoint.status ?? 200 });
    } catch (error) {
      if (error instanceof ApiFailure) return refusalOf(error);
      throw error;
    }
  };
  const sampleOf = (schema: z.core.$ZodType | undefined) =>
    schema === undefined ? undefined : sample(schema, { random, now: now() });

  return { fetch: respond, state };
}

function bodyOf({ body }: RequestInit): unknown {
  if (typeof body !== 'string') return {};
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

const refusal = (code: ApiProblemCode, detail: string) => refusalOf(new ApiFailure(code, detail));

function refusalOf(failure: ApiFailure): Response {
  const problem = problemOf(failure);
  return Response.json(problem, {
    status: problem.status,
    headers: { 'content-type': 'application/problem+json' },
  });
}
