import type { ToldFailure } from '../failure.ts';
import type { Form } from '../intent.ts';

/** Google's word for a kind of failure (google.rpc.Code). */
function statusOf(status: number): string {
  switch (status) {
    case 400:
    case 413:
      return 'INVALID_ARGUMENT';
    case 401:
      return 'UNAUTHENTICATED';
    case 403:
      return 'PERMISSION_DENIED';
    case 404:
      return 'NOT_FOUND';
    case 408:
    case 504:
      return 'DEADLINE_EXCEEDED';
    case 429:
      return 'RESOURCE_EXHAUSTED';
    case 502:
    case 503:
      return 'UNAVAILABLE';
    default:
      return status >= 500 ? 'INTERNAL' : 'FAILED_PRECONDITION';
  }
}

const errorObject = ({ code, status, message, requestId }: ToldFailure) => ({
  error: {
    code: status,
    message,
    status: statusOf(status),
    // Google's own place for a reason that programs compare (google.rpc.ErrorInfo).
    type: code,
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: code,
        domain: 'vitalgate',
        metadata: { requestId },
      },
    ],
  },
});

/** Body of an HTTP error answer. */
export function writeFailure(failure: ToldFailure): string {
  return JSON.stringify(errorObject(failure));
}

/** A failure after the answer has begun: one error chunk, and no reason to stop. */
export function writeStreamFailure(failure: ToldFailure, form?: Form): string {
  const text = writeFailure(failure);
  return form === 'array' ? `,\r\n${text}]` : `data: ${text}\r\n\r\n`;
}
