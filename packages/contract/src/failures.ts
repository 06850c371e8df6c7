import type { Fault } from '@vitalgate/health';

/** What is fixed about one way to fail. `docs/errors.md` is tested against this table. */
export interface FailureKind {
  /** HTTP status; 200 for a failure that can only be told inside an answer already begun. */
  readonly status: number;
  /** Whose failure it is. */
  readonly fault: Fault;
  /** Whether the same request, sent again later, can succeed. */
  readonly retry: boolean;
  /** What it means and what to do, for the documentation. */
  readonly meaning: string;
}

export const failureKinds = {
  invalid_request: {
    status: 400,
    fault: 'client',
    retry: false,
    meaning: 'The request cannot be understood. The message names the place; correct it.',
  },
  unsupported_in_dialect: {
    status: 400,
    fault: 'client',
    retry: false,
    meaning:
      'No target of this model speaks what the request asks for. Use a dialect or a model that does.',
  },
  guardrail_blocked: {
    status: 400,
    fault: 'client',
    retry: false,
    meaning:
      'A guardrail does not let the request, or its answer, pass. The message names the guardrail.',
  },
  missing_key: {
    status: 401,
    fault: 'client',
    retry: false,
    meaning: 'No key was sent. Send one as `Authorization: Bearer …` or `x-api-key`.',
  },
  invalid_key: {
    status: 401,
    fault: 'client',
    retry: false,
    meaning: 'The key is unknown, revoked or expired. Ask the operator for another.',
  },
  network_denied: {
    status: 403,
    fault: 'client',
    retry: false,
    meaning: 'The address of the caller is not allowed here, or not for this key.',
  },
  model_denied: {
    status: 403,
    fault: 'client',
    retry: false,
    meaning: 'The key may not use this model. `GET /v1/models` lists those it may.',
  },
  api_denied: {
    status: 403,
    fault: 'client',
    retry: false,
    meaning: 'The key may not use this API. Ask the operator to add it to the key.',
  },
  not_found: {
    status: 404,
    fault: 'client',
    retry: false,
    meaning: 'There is nothing at this path.',
  },
  model_not_found: {
    status: 404,
    fault: 'client',
    retry: false,
    meaning: 'No model of this name is configured. `GET /v1/models` lists those there are.',
  },
  not_acceptable: {
    status: 406,
    fault: 'client',
    retry: false,
    meaning:
      'The API cannot be read in any format that `accept` names. The message lists those it can.',
  },
  method_not_allowed: {
    status: 405,
    fault: 'client',
    retry: false,
    meaning: 'The path exists, the method does not. The `allow` header lists the methods.',
  },
  idempotency_conflict: {
    status: 409,
    fault: 'client',
    retry: true,
    meaning:
      'A call with this `idempotency-key` was made before and runs still, or its answer is not kept. The message says which.',
  },
  request_timeout: {
    status: 408,
    fault: 'client',
    retry: true,
    meaning: 'The request did not arrive within the time allowed. Send it faster.',
  },
  request_too_large: {
    status: 413,
    fault: 'client',
    retry: false,
    meaning: 'The request body is larger than `server.maxBody`, or than `maxBody` of its API.',
  },
  unsupported_media_type: {
    status: 415,
    fault: 'client',
    retry: false,
    meaning:
      'The body is in a format that is not taken here, or compressed. Send `application/json`, or what the message lists, without `content-encoding`.',
  },
  idempotency_key_reused: {
    status: 422,
    fault: 'client',
    retry: false,
    meaning:
      'This `idempotency-key` was sent with another request. Each request has one of its own.',
  },
  headers_too_large: {
    status: 431,
    fault: 'client',
    retry: false,
    meaning: 'The header fields of the request are larger than 16 KiB together.',
  },
  rate_limited: {
    status: 429,
    fault: 'quota',
    retry: true,
    meaning:
      'A limit is reached, which the message names, or the providers of the model ask to wait. `retry-after` says how long.',
  },
  budget_exhausted: {
    status: 429,
    fault: 'quota',
    retry: true,
    meaning:
      'A budget of money, which the message names, is spent. `retry-after` says when the next period begins.',
  },
  upstream_error: {
    status: 502,
    fault: 'provider',
    retry: true,
    meaning: 'Every target that could be tried failed. The message names the last failure.',
  },
  no_healthy_target: {
    status: 503,
    fault: 'provider',
    retry: true,
    meaning: 'All targets of this model are resting. `retry-after` says when the next is tried.',
  },
  draining: {
    status: 503,
    fault: 'gateway',
    retry: true,
    meaning: 'This instance is shutting down. Send the request to another.',
  },
  overloaded: {
    status: 503,
    fault: 'gateway',
    retry: true,
    meaning:
      'This instance, its memory, or the connection cap of a provider, is full. Wait and send again.',
  },
  ledger_full: {
    status: 503,
    fault: 'gateway',
    retry: true,
    meaning:
      'The disk takes no records of calls, and what is not recorded is not served. The operator has to make room.',
  },
  store_unavailable: {
    status: 503,
    fault: 'gateway',
    retry: true,
    meaning:
      'The store does not answer, and the key is not known or has been believed for `storeGrace`. Send the request again.',
  },
  upstream_timeout: {
    status: 504,
    fault: 'provider',
    retry: true,
    meaning: 'No target answered within the time allowed. `timeouts` in the configuration sets it.',
  },
  stream_interrupted: {
    status: 200,
    fault: 'provider',
    retry: true,
    meaning: 'The provider broke off after the answer had begun. What came before is not whole.',
  },
  internal_error: {
    status: 500,
    fault: 'gateway',
    retry: true,
    meaning: 'A defect of the gateway. The request id finds it in the log.',
  },
} as const satisfies Record<string, FailureKind>;

export type FailureCode = keyof typeof failureKinds;

/** One thing wrong in a message; names and rules, and no value of it. */
export interface Mistake {
  readonly in: 'path' | 'query' | 'header' | 'cookie' | 'body';
  /** JSON Pointer (RFC 6901) to the place, within the body or to the parameter. */
  readonly pointer: string;
  readonly detail: string;
}

/** A failure to be told to a caller. The message is for people and must hold no secret. */
export class Failure extends Error {
  readonly code: FailureCode;
  /** Seconds the caller should wait before it tries again; sent as `retry-after`. */
  readonly retryAfter: number | undefined;
  /** Whose failure it is: that of its kind, unless this one is another's. */
  readonly fault: Fault;
  /** Where the mistakes are, as far as they have places. */
  readonly mistakes: readonly Mistake[];

  constructor(
    code: FailureCode,
    message: string,
    options?: {
      retryAfter?: number;
      cause?: unknown;
      fault?: Fault;
      mistakes?: readonly Mistake[];
    },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Failure';
    this.code = code;
    this.retryAfter = options?.retryAfter;
    this.fault = options?.fault ?? failureKinds[code].fault;
    this.mistakes = options?.mistakes ?? [];
  }

  get kind(): FailureKind {
    return failureKinds[this.code];
  }
}

/** Why the program cannot start, with the exit code that tells scripts the same. */
export const startFailureKinds = {
  invalid_config: { exitCode: 2, meaning: 'The configuration has mistakes; all are listed.' },
  invalid_url: { exitCode: 2, meaning: 'What was given to look at is no http:// or https:// URL.' },
  address_in_use: { exitCode: 1, meaning: 'Another program listens on a configured address.' },
  cannot_listen: { exitCode: 1, meaning: 'A configured address cannot be listened on.' },
  store_unavailable: { exitCode: 1, meaning: 'The store cannot be opened.' },
  store_too_new: { exitCode: 1, meaning: 'A newer Vitalgate has written this store.' },
  unsafe_environment: {
    exitCode: 2,
    meaning: 'A variable of the environment turns a protection off.',
  },
  old_node: { exitCode: 2, meaning: 'This Node is past its end of life; nobody mends it.' },
  weak_secret: { exitCode: 2, meaning: 'A secret is empty or too short to be one.' },
  secrets_unreadable: {
    exitCode: 2,
    meaning: 'The secrets of the store were encrypted with another key, or changed.',
  },
  not_reachable: {
    exitCode: 3,
    meaning: 'The gateway that was asked does not answer, or refuses.',
  },
  local_model_failed: {
    exitCode: 1,
    meaning:
      'A model in a file cannot be run here: node-llama-cpp is missing, or the file is none it can read.',
  },
  drill_failed: { exitCode: 1, meaning: 'The process of a drill ended before its time.' },
  simulator_failed: { exitCode: 1, meaning: 'The built-in simulator did not start.' },
} as const satisfies Record<string, { exitCode: number; meaning: string }>;

export type StartFailureCode = keyof typeof startFailureKinds;

export class StartFailure extends Error {
  readonly code: StartFailureCode;

  constructor(code: StartFailureCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'StartFailure';
    this.code = code;
  }

  get exitCode(): number {
    return startFailureKinds[this.code].exitCode;
  }
}
