import { STATUS_CODES } from 'node:http';
import type { FailureCode, Mistake } from '@vitalgate/contract';

/** A failure as it is told to callers. */
interface Told {
  readonly code: FailureCode;
  readonly status: number;
  readonly message: string;
  readonly requestId: string;
  readonly mistakes: readonly Mistake[];
}

/**
 * A failure as callers of HTTP APIs read it: problem details (RFC 9457). The type is `about:blank`,
 * so the title is the status' own phrase; our code is in `code`, a member of ours.
 */
export function problemDetails({ code, status, message, requestId, mistakes }: Told): string {
  const title = STATUS_CODES[status] ?? code;
  const errors = mistakes.length === 0 ? {} : { errors: mistakes };
  return JSON.stringify({ title, status, detail: message, code, requestId, ...errors });
}
