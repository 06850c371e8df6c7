import { endOfLastEvent } from '../sse.ts';
import { findUsage } from '../usage.ts';
import type { Operation, Wire } from '../wire.ts';
import { writeFailure, writeStreamFailure } from './failure.ts';
import { readUsage } from './usage.ts';
import { ChatWatch } from './watch.ts';

const paths: Readonly<Partial<Record<Operation, string>>> = {
  chat: '/chat/completions',
  completions: '/completions',
  embeddings: '/embeddings',
  models: '/models',
};

export const wire: Wire = {
  path(base, operation) {
    const path = paths[operation];
    // Many servers live at a path of their own, like /openai; only a bare host lacks the version.
    return path === undefined ? undefined : `${base === '' ? '/v1' : base}${path}`;
  },
  credential: (secret) => ['authorization', `Bearer ${secret}`],
  demanded: {},
  isModelInPath: false,
  streamTypes: ['text/event-stream'],
  endOfLastFrame: endOfLastEvent,
  watch: () => new ChatWatch(),
  usageOf: (body) => readUsage(findUsage(body)),
  answers: { chat: ['choices'], completions: ['choices'], embeddings: ['data'] },
  writeFailure,
  writeStreamFailure,
};
