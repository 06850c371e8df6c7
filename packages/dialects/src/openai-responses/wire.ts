import { endOfLastEvent } from '../sse.ts';
import { findUsage } from '../usage.ts';
import type { Operation, Wire } from '../wire.ts';
import { writeFailure } from '../openai-chat/failure.ts';
import { writeStreamFailure } from './failure.ts';
import { readUsage } from './usage.ts';
import { ResponsesWatch } from './watch.ts';

const paths: Readonly<Partial<Record<Operation, string>>> = {
  chat: '/responses',
  'count-tokens': '/responses/input_tokens',
  models: '/models',
};

export const wire: Wire = {
  path(base, operation) {
    const path = paths[operation];
    return path === undefined ? undefined : `${base === '' ? '/v1' : base}${path}`;
  },
  credential: (secret) => ['authorization', `Bearer ${secret}`],
  demanded: {},
  isModelInPath: false,
  streamTypes: ['text/event-stream'],
  endOfLastFrame: endOfLastEvent,
  watch: () => new ResponsesWatch(),
  usageOf: (body) => readUsage(findUsage(body)),
  answers: { chat: ['output'], 'count-tokens': ['input_tokens'] },
  // One that goes on in the background has said nothing yet.
  mayBeEmpty: true,
  writeFailure,
  writeStreamFailure,
};
