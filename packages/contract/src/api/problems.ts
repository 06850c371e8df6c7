import * as z from 'zod/mini';
import { named } from './common.ts';

/** What is fixed about one way in which the admin API refuses or fails. */
interface ApiProblemKind {
  readonly status: number;
  /** Whether the same request, sent again later, can succeed. */
  readonly retry: boolean;
  readonly meaning: string;
}

/** Every way; `docs/errors.md` is tested against this table. */
export const apiProblemKinds = {
  invalid_request: {
    status: 400,
    retry: false,
    meaning: 'The request is not what the endpoint takes; `errors` names each place.',
  },
  invalid_configuration: {
    status: 400,
    retry: false,
    meaning: 'With this change the configuration would have mistakes; nothing was changed.',
  },
  too_broad: {
    status: 400,
    retry: false,
    meaning:
      'A search or a sum looked through too many requests to end within two seconds. Take a shorter time, or name a key, a team or a model.',
  },
  not_signed_in: {
    status: 401,
    retry: false,
    meaning: 'Sign in, or send an admin token as `Authorization: Bearer …`.',
  },
  sign_in_failed: {
    status: 401,
    retry: false,
    meaning: 'E-mail, password or code is wrong; which of them is not told.',
  },
  second_factor_required: {
    status: 401,
    retry: false,
    meaning: 'The password is right; send the code of the authenticator too.',
  },
  forbidden: {
    status: 403,
    retry: false,
    meaning: 'Your role or the scopes of your token do not include this.',
  },
  network_denied: {
    status: 403,
    retry: false,
    meaning: 'Your address may not use the admin listener (`access.listeners.admin`).',
  },
  cross_site: {
    status: 403,
    retry: false,
    meaning: 'A page of another site has sent this. Use the console, or an admin token.',
  },
  link_invalid: {
    status: 403,
    retry: false,
    meaning: 'The link has been used, has expired, or is not ours. Ask for another.',
  },
  not_found: { status: 404, retry: false, meaning: 'There is no such thing, or not for you.' },
  method_not_allowed: {
    status: 405,
    retry: false,
    meaning: 'The path exists, the method does not.',
  },
  managed_by_file: {
    status: 409,
    retry: false,
    meaning: 'It is in the configuration file; change it there.',
  },
  in_use: {
    status: 409,
    retry: false,
    meaning: 'Something else refers to it; the message says what.',
  },
  already_exists: { status: 409, retry: false, meaning: 'There is one of this name already.' },
  conflict: {
    status: 409,
    retry: true,
    meaning: 'A request with the same `Idempotency-Key` is still running.',
  },
  version_changed: {
    status: 412,
    retry: false,
    meaning: 'Somebody else has changed it meanwhile. Read it again, then decide.',
  },
  request_too_large: { status: 413, retry: false, meaning: 'The body is larger than 1 MiB.' },
  unsupported_media_type: { status: 415, retry: false, meaning: 'Send `application/json`.' },
  key_reused: {
    status: 422,
    retry: false,
    meaning: 'This `Idempotency-Key` belongs to a request with another content.',
  },
  version_required: {
    status: 428,
    retry: false,
    meaning: 'Send the `version` you have read as `If-Match: "VERSION"`.',
  },
  too_many_attempts: {
    status: 429,
    retry: true,
    meaning: 'Too many attempts to sign in. `retry-after` says when the next counts.',
  },
  internal_error: {
    status: 500,
    retry: true,
    meaning: 'A defect of the gateway. The request id finds it in the log.',
  },
  unavailable: {
    status: 503,
    retry: true,
    meaning: 'The store does not answer, or the gateway is stopping.',
  },
} as const satisfies Record<string, ApiProblemKind>;

export type ApiProblemCode = keyof typeof apiProblemKinds;

/** `application/problem+json` (RFC 9457), with `code` to decide by. */
export const problem = named(
  'Problem',
  'Why a request was refused or failed (RFC 9457).',
  z.object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(Object.keys(apiProblemKinds) as [ApiProblemCode, ...ApiProblemCode[]]),
    requestId: z.optional(z.string()),
    /** Each mistake with its place in the body, the query or the configuration's text. */
    errors: z.optional(
      z.array(
        z.object({
          path: z.string(),
          message: z.string(),
          line: z.optional(z.int()),
          column: z.optional(z.int()),
        }),
      ),
    ),
    /** Seconds. */
    retryAfter: z.optional(z.number()),
  }),
);
export type Problem = z.output<typeof problem>;

/** A refusal or failure of the admin API. The message is for people and must hold no secret. */
export class ApiFailure extends Error {
  readonly code: ApiProblemCode;
  readonly errors: Problem['errors'];
  /** Seconds. */
  readonly retryAfter: number | undefined;

  constructor(
    code: ApiProblemCode,
    message: string,
    options: { errors?: Problem['errors']; retryAfter?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ApiFailure';
    this.code = code;
    this.errors = options.errors;
    this.retryAfter = options.retryAfter;
  }
}

/** A failure as the body that tells it. */
export function problemOf(failure: ApiFailure, requestId?: string): Problem {
  const { code, message, errors, retryAfter } = failure;
  return {
    type: `urn:vitalgate:problem:${code}`,
    title: code.replaceAll('_', ' '),
    status: apiProblemKinds[code].status,
    detail: message,
    code,
    ...(requestId !== undefined && { requestId }),
    ...(errors !== undefined && { errors }),
    ...(retryAfter !== undefined && { retryAfter }),
  };
}
