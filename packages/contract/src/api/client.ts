/**
 * The typed client of the admin API, for browsers and Node. Of the contract it holds types alone,
 * so that a page that uses it does not load the schemas.
 */
import { createParser } from 'eventsource-parser';
import type { Answer, BodyInput, EndpointKey, Params, QueryInput } from './endpoints.ts';
import type { EventData, EventName } from './events.ts';
import type { PlayEvent } from './playground.ts';
import type { Problem } from './problems.ts';

export type { Answer, BodyInput, EndpointKey, EventData, EventName, Params, Problem, QueryInput };
export type { PlayEvent };
export type { Role, Tag } from './endpoint.ts';

/** What the client needs of `fetch`; the mock is one too. */
export type FetchLike = (url: string, init: RequestInit) => Promise<Response>;

export interface ClientOptions {
  /** Origin of the admin listener; empty for a page that was served by it. */
  readonly baseUrl?: string;
  readonly fetch?: FetchLike;
  /** An admin token; a page is known by its cookie. */
  readonly token?: string;
}

type Given<Name extends string, Value> = [Value] extends [undefined]
  ? { readonly [name in Name]?: undefined }
  : undefined extends Value
    ? { readonly [name in Name]?: Value }
    : object extends Value
      ? { readonly [name in Name]?: Value }
      : { readonly [name in Name]: Value };

/** What one call takes: the parts that its endpoint has. */
export type CallInput<Key extends EndpointKey> = Given<'params', NonEmpty<Params<Key>>> &
  Given<'query', QueryInput<Key>> &
  Given<'body', BodyInput<Key>> & {
    /** The `version` that was read; needed to change what has one. */
    readonly ifMatch?: string;
    /** Makes a repeated change happen once; one is made up for POST where none is given. */
    readonly idempotencyKey?: string;
    readonly signal?: AbortSignal;
  };

type NonEmpty<Of> = [keyof Of] extends [never] ? undefined : Of;

/** A refusal or failure, as the API tells it; `code` is for programs, `message` for people. */
export class ApiError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = 'ApiError';
    this.problem = problem;
  }

  get code(): Problem['code'] {
    return this.problem.code;
  }
}

export interface ApiClient {
  /**
   * Calls one endpoint.
   *
   * @throws {ApiError} when it is refused or fails, `unavailable` too when nothing answers.
   */
  readonly call: <Key extends EndpointKey>(
    key: Key,
    ...input: object extends CallInput<Key> ? [input?: CallInput<Key>] : [input: CallInput<Key>]
  ) => Promise<Answer<Key>>;
  /** Listens until `signal` ends it, coming back by itself where the line breaks. */
  readonly listen: (listener: Listener, options: ListenOptions) => Promise<void>;
  /**
   * Sends a request to a model as a client would, and tells what comes as it comes; a line that
   * breaks ends it without an `end`.
   *
   * @throws {ApiError} as `call` does, before anything was told.
   */
  readonly play: (input: PlayInput, take: (event: PlayEvent) => void) => Promise<void>;
}

type PlayInput = CallInput<'POST /api/playground'> & { readonly signal: AbortSignal };
export type Listener = (event: ApiEvent) => void;
/** `connection` is the client's own: whether it is being told anything at present. */
export type ApiEvent =
  | {
      readonly [Name in EventName]: { readonly name: Name; readonly data: EventData<Name> };
    }[EventName]
  | { readonly name: 'connection'; readonly data: 'open' | 'lost' };

export interface ListenOptions {
  readonly only?: readonly EventName[];
  readonly signal: AbortSignal;
  /** After how many milliseconds without a word a line counts as broken; 30,000 unless it is set. */
  readonly silentMs?: number;
}

/** 128 random bits. Pages over plain HTTP have no `crypto.randomUUID`. */
export const newIdempotencyKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');

const FIRST_PAUSE_MS = 500;
/** The gateway says something every ten seconds: a line that says nothing for so long is none. */
const SILENT_MS = 30_000;
const LONGEST_PAUSE_MS = 15_000;

export function createClient(options: ClientOptions = {}): ApiClient {
  const { baseUrl = '', token } = options;
  const send: FetchLike = options.fetch ?? ((url, init) => fetch(url, init));
  const known: Record<string, string> =
    token === undefined ? {} : { authorization: `Bearer ${token}` };

  const ask = async (url: string, init: RequestInit): Promise<Response> => {
    let answer: Response;
    try {
      answer = await send(baseUrl + url, { credentials: 'same-origin', ...init });
    } catch (cause) {
      if (init.signal?.aborted === true) throw cause;
      throw new ApiError(unreachable);
    }
    if (answer.ok) return answer;
    throw new ApiError(await problemOf(answer));
  };

  return {
    async call(key, ...inputs) {
      const [input = {}] = inputs as [LooseInput?];
      const { params, query, body, ifMatch, idempotencyKey, signal } = input;
      const [method = 'GET', path = ''] = key.split(' ');
      const answer = await ask(urlOf(path, params, query), {
        method,
        headers: {
          ...known,
          accept: 'application/json, application/problem+json, text/csv',
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(ifMatch !== undefined && { 'if-match': `"${ifMatch}"` }),
          ...(method === 'POST' && {
            'idempotency-key': idempotencyKey ?? newIdempotencyKey(),
          }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(signal !== undefined && { signal }),
      });
      const isJson = answer.headers.get('content-type')?.includes('json') === true;
      if (answer.status === 204) return undefined as Answer<typeof key>;
      try {
        return (await (isJson ? answer.json() : answer.text())) as Answer<typeof key>;
      } catch (cause) {
        if (signal?.aborted === true) throw cause;
        // It broke off on its way.
        throw new ApiError(unreachable);
      }
    },

    async listen(listener, { only, signal, silentMs = SILENT_MS }) {
      let lastId = '';
      let pause = FIRST_PAUSE_MS;
      const parser = createParser({
        onEvent: ({ id, event, data }) => {
          if (id !== undefined) lastId = id;
          pause = FIRST_PAUSE_MS;
          // The server speaks the same contract.
          listener({ name: event, data: JSON.parse(data) } as ApiEvent);
        },
      });
      while (!signal.aborted) {
        // A machine that has slept, or a proxy that is gone, closes no line: it just says nothing.
        const line = new AbortController();
        let silence = setTimeout(() => line.abort(), silentMs);
        try {
          const answer = await ask(urlOf('/api/events', undefined, { only: only?.join(',') }), {
            headers: {
              ...known,
              accept: 'text/event-stream',
              ...(lastId !== '' && { 'last-event-id': lastId }),
            },
            signal: AbortSignal.any([signal, line.signal]),
          });
          listener({ name: 'connection', data: 'open' });
          await readText(answer, (text) => {
            clearTimeout(silence);
            silence = setTimeout(() => line.abort(), silentMs);
            parser.feed(text);
          });
        } catch (error) {
          if (error instanceof ApiError && !isPassing(error)) throw error;
        } finally {
          clearTimeout(silence);
        }
        parser.reset();
        if (signal.aborted) return;
        listener({ name: 'connection', data: 'lost' });
        await wait(pause, signal);
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
      }
    },

    async play({ body, signal }, take) {
      const answer = await ask('/api/playground', {
        method: 'POST',
        headers: { ...known, accept: 'text/event-stream', 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal,
      });
      const parser = createParser({
        onEvent: ({ event, data }) => take({ name: event, data: JSON.parse(data) } as PlayEvent),
      });
      try {
        await readText(answer, (text) => parser.feed(text));
      } catch (error) {
        // What was told stands; that no `end` came says the rest.
        if (signal.aborted) throw error;
      }
    },
  };
}

interface LooseInput {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  readonly ifMatch?: string;
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

const unreachable: Problem = {
  type: 'about:blank',
  title: 'Unavailable',
  status: 503,
  code: 'unavailable',
  detail: 'the gateway does not answer',
};

const isPassing = ({ problem }: ApiError) => problem.status >= 500;

async function problemOf(answer: Response): Promise<Problem> {
  try {
    return (await answer.json()) as Problem;
  } catch {
    return { ...unreachable, status: answer.status, detail: `the answer was ${answer.status}` };
  }
}

function urlOf(
  path: string,
  params: Readonly<Record<string, string>> | undefined,
  query: LooseInput['query'],
): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) =>
    encodeURIComponent(params?.[name] ?? ''),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) search.set(name, String(value));
  }
  return search.size === 0 ? filled : `${filled}?${search.toString()}`;
}

async function readText(answer: Response, take: (text: string) => void): Promise<void> {
  const reader = answer.body?.getReader();
  const decoder = new TextDecoder();
  for (;;) {
    const read = await reader?.read();
    if (read === undefined || read.done) return;
    take(decoder.decode(read.value, { stream: true }));
  }
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
