import type { ToldFailure } from '../failure.ts';
import { frame } from './frames.ts';

/** Bedrock's exception for a kind of failure (Amazon Bedrock API reference, "Converse", Errors). */
export function exceptionOf(status: number): string {
  switch (status) {
    case 401:
    case 403:
      return 'AccessDeniedException';
    case 404:
      return 'ResourceNotFoundException';
    case 408:
    case 504:
      return 'ModelTimeoutException';
    case 429:
      return 'ThrottlingException';
    case 502:
    case 503:
      return 'ServiceUnavailableException';
    default:
      return status >= 500 ? 'InternalServerException' : 'ValidationException';
  }
}

/**
 * Body of an HTTP error answer. AWS's clients look for the exception's name in the header
 * `x-amzn-errortype`, then in `code` and `__type` (Smithy, "AWS restJson1 protocol", Operation
 * error serialization).
 */
export function writeFailure({ status, message, code }: ToldFailure): string {
  // The code is ours and stands beside; the header is looked at first.
  return JSON.stringify({ __type: exceptionOf(status), message, code });
}

/** What a stream can tell (same reference, "ConverseStreamOutput"); the rest is a server's error. */
const streamed: Readonly<Record<string, string>> = {
  ThrottlingException: 'throttlingException',
  ServiceUnavailableException: 'serviceUnavailableException',
  ValidationException: 'validationException',
};

/** A failure after the answer has begun: an exception, and no `messageStop`. */
export function writeStreamFailure({ status, message }: ToldFailure): Buffer {
  const headers = {
    ':exception-type': streamed[exceptionOf(status)] ?? 'internalServerException',
    ':content-type': 'application/json',
    ':message-type': 'exception',
  };
  return frame(headers, JSON.stringify({ message }));
}
