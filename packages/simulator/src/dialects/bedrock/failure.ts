import type { OutgoingHttpHeaders } from 'node:http';
import type { Failure, FailureAnswer, Occasion, Reason } from '../dialect.ts';
import { eventFrame, exceptionFrame } from './frames.ts';

/**
 * Amazon Bedrock's errors: `{message}`, and their name in a header (Amazon Bedrock API reference,
 * "Converse", Errors; "Common errors").
 */
interface Row {
  readonly type: string;
  readonly message: string;
}

const rows: Readonly<Record<number, Row>> = {
  400: { type: 'ValidationException', message: 'The provided request is not valid.' },
  403: {
    type: 'AccessDeniedException',
    message: "You don't have access to the model with the specified model ID.",
  },
  404: {
    type: 'ResourceNotFoundException',
    message: 'Could not resolve the foundation model from the provided model identifier.',
  },
  408: {
    type: 'ModelTimeoutException',
    message: 'The model took too long to process the request.',
  },
  413: { type: 'RequestEntityTooLargeException', message: 'Request body too large' },
  424: { type: 'ModelErrorException', message: 'The model returned an error.' },
  429: {
    type: 'ThrottlingException',
    message: 'Too many requests, please wait before trying again.',
  },
  500: {
    type: 'InternalServerException',
    message:
      'The system encountered an unexpected error during processing. Try your request again.',
  },
  503: {
    type: 'ServiceUnavailableException',
    message: 'Bedrock is unable to process your request.',
  },
};

export function failure({ status, code, message, retryAfter }: Failure): FailureAnswer {
  const row = rows[status] ?? (status >= 500 ? rows[500] : rows[400]);
  return {
    status,
    headers: {
      'x-amzn-errortype': code ?? row?.type,
      ...(retryAfter !== undefined && { 'retry-after': String(Math.ceil(retryAfter)) }),
    },
    body: JSON.stringify({ message: message ?? row?.message }),
  };
}

export const streamFailure: Uint8Array = exceptionFrame(
  'modelStreamErrorException',
  'The system encountered an unexpected error during processing. Try your request again.',
);

/** A frame whose last byte, and with it its checksum, is wrong. */
export const malformedFrame: Uint8Array = spoiled(
  eventFrame('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'spoiled' } }),
);

function spoiled(frame: Buffer): Buffer {
  frame.writeUInt8(frame.readUInt8(frame.length - 1) ^ 0xff, frame.length - 1);
  return frame;
}

export function turnedAway(reason: Reason): Failure {
  switch (reason) {
    case 'unknown-path':
      return { status: 404, code: 'UnknownOperationException', message: 'Not Found' };
    case 'other-method':
      return { status: 405, code: 'UnsupportedOperationException', message: 'Method Not Allowed' };
    case 'no-json':
      return {
        status: 400,
        code: 'SerializationException',
        message: 'Unexpected end of input: the request body is not valid JSON',
      };
    case 'too-large':
      return { status: 413 };
    case 'no-key':
      return {
        status: 403,
        code: 'MissingAuthenticationTokenException',
        message: 'Missing Authentication Token',
      };
    case 'wrong-key':
      return {
        status: 403,
        code: 'UnrecognizedClientException',
        message: 'The security token included in the request is invalid.',
      };
  }
}

export const headers = ({ requestId }: Occasion): OutgoingHttpHeaders => ({
  'x-amzn-requestid': requestId,
});
