import { EventWatch } from '../event-watch.ts';
import { endOfLastEvent } from '../sse.ts';
import { findUsage } from '../usage.ts';
import { isVersioned, type Wire } from '../wire.ts';
import { writeFailure, writeStreamFailure } from './failure.ts';
import { withModelInBody } from './model-in-body.ts';
import { GeminiReader } from './stream-reader.ts';
import { readUsage } from './usage.ts';

export const wire: Wire = {
  path(base, operation, { model, streamed }) {
    const versioned = isVersioned(base) ? base : `${base}/v1beta`;
    const of = (method: string): string =>
      `${versioned}/models/${encodeURIComponent(model)}:${method}`;
    switch (operation) {
      case 'chat':
        return of(streamed ? 'streamGenerateContent?alt=sse' : 'generateContent');
      case 'count-tokens':
        return of('countTokens');
      case 'embedding':
        return of('embedContent');
      case 'embeddings':
        return of('batchEmbedContents');
      case 'models':
        return `${versioned}/models`;
      default:
        return undefined;
    }
  },
  credential: (secret) => ['x-goog-api-key', secret],
  demanded: {},
  isModelInPath: true,
  withModelInBody,
  streamTypes: ['text/event-stream'],
  endOfLastFrame: endOfLastEvent,
  watch: () => new EventWatch(new GeminiReader('')),
  usageOf: (body) => readUsage(findUsage(body, 'usageMetadata')),
  answers: {
    // A prompt that is blocked has no candidates.
    chat: ['candidates', 'promptFeedback'],
    'count-tokens': ['totalTokens'],
    embedding: ['embedding'],
    embeddings: ['embeddings'],
  },
  writeFailure,
  writeStreamFailure,
};
