import { EventWatch } from '../event-watch.ts';
import type { Operation, Wire } from '../wire.ts';
import { codec } from './codec.ts';
import { writeFailure, writeStreamFailure } from './failure.ts';
import { findUsage } from './usage.ts';

const paths: Readonly<Partial<Record<Operation, string>>> = {
  chat: '/chat',
  completions: '/generate',
  embedding: '/embeddings',
  embeddings: '/embed',
  models: '/tags',
};

const LF = 0x0a;

export const wire: Wire = {
  path(base, operation) {
    const path = paths[operation];
    return path === undefined
      ? undefined
      : `${base.endsWith('/api') ? base : `${base}/api`}${path}`;
  },
  // A server of one's own wants none; ollama.com does.
  credential: (secret) => ['authorization', `Bearer ${secret}`],
  demanded: {},
  isModelInPath: false,
  streamsUnlessTold: true,
  streamTypes: ['application/x-ndjson'],
  endOfLastFrame: (bytes) => bytes.lastIndexOf(LF) + 1,
  watch: () => new EventWatch(codec.readStream('')),
  usageOf: findUsage,
  answers: {
    chat: ['message'],
    completions: ['response'],
    embedding: ['embedding'],
    embeddings: ['embeddings'],
  },
  // Of an empty text there is no vector.
  mayBeEmpty: true,
  writeFailure,
  writeStreamFailure,
};
