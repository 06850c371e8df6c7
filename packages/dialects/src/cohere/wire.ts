import { EventWatch } from '../event-watch.ts';
import { endOfLastEvent } from '../sse.ts';
import { findUsage } from '../usage.ts';
import type { Operation, ProviderWire } from '../wire.ts';
import { CohereReader } from './stream-reader.ts';
import { readEmbeddingUsage, readUsage } from './usage.ts';

/** Models are listed by the first version alone. */
const paths: Readonly<Partial<Record<Operation, string>>> = {
  chat: '/v2/chat',
  embeddings: '/v2/embed',
  models: '/v1/models',
};

export const wire: ProviderWire = {
  path(base, operation) {
    const path = paths[operation];
    return path === undefined ? undefined : base.replace(/\/v[12]$/, '') + path;
  },
  credential: (secret) => ['authorization', `Bearer ${secret}`],
  demanded: {},
  isModelInPath: false,
  streamTypes: ['text/event-stream'],
  endOfLastFrame: endOfLastEvent,
  watch: () => new EventWatch(new CohereReader('')),
  answers: { chat: ['message'], embeddings: ['embeddings'] },
  usageOf(body) {
    const told = findUsage(body);
    return told === undefined ? readEmbeddingUsage(findUsage(body, 'meta')) : readUsage(told);
  },
};
