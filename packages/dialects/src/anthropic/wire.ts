import { endOfLastEvent } from '../sse.ts';
import { findUsage } from '../usage.ts';
import { isVersioned, type Operation, type Wire } from '../wire.ts';
import { writeFailure, writeStreamFailure } from './failure.ts';
import { readUsage } from './usage.ts';
import { MessagesWatch } from './watch.ts';

const paths: Readonly<Partial<Record<Operation, string>>> = {
  chat: '/messages',
  'count-tokens': '/messages/count_tokens',
  models: '/models',
};

export const wire: Wire = {
  path(base, operation) {
    const path = paths[operation];
    return path === undefined ? undefined : `${isVersioned(base) ? base : `${base}/v1`}${path}`;
  },
  credential: (secret) => ['x-api-key', secret],
  // Anthropic refuses a request without a version (API reference, "Versions").
  demanded: { 'anthropic-version': '2023-06-01' },
  isModelInPath: false,
  streamTypes: ['text/event-stream'],
  endOfLastFrame: endOfLastEvent,
  watch: () => new MessagesWatch(),
  usageOf: (body) => readUsage(findUsage(body)),
  answers: { chat: ['content'], 'count-tokens': ['input_tokens'] },
  // Anthropic API documentation, "Handling stop reasons": a model may have nothing to add.
  mayBeEmpty: true,
  writeFailure,
  writeStreamFailure,
};
