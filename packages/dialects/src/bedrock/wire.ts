import { EventWatch } from '../event-watch.ts';
import type { Wire } from '../wire.ts';
import { isEmbedder } from './embeddings.ts';
import { exceptionOf, writeFailure, writeStreamFailure } from './failure.ts';
import { endOfLastFrame } from './frames.ts';
import { ConverseReader } from './stream-reader.ts';
import { findBilledUsage } from './usage.ts';

export const wire: Wire = {
  path(base, operation, { model, streamed }) {
    const of = `${base}/model/${encodeURIComponent(model)}`;
    if (operation === 'chat') return `${of}/${streamed ? 'converse-stream' : 'converse'}`;
    if (operation === 'embeddings') return isEmbedder(model) ? `${of}/invoke` : undefined;
    return operation === 'count-tokens' ? `${of}/count-tokens` : undefined;
  },
  // Amazon Bedrock User Guide, "API keys".
  credential: (secret) => ['authorization', `Bearer ${secret}`],
  demanded: {},
  isModelInPath: true,
  streamTypes: ['application/vnd.amazon.eventstream'],
  endOfLastFrame,
  watch: () => new EventWatch(new ConverseReader('')),
  usageOf: findBilledUsage,
  answers: { chat: ['output'], 'count-tokens': ['inputTokens'] },
  writeFailure,
  failureHeader: (status) => ['x-amzn-errortype', exceptionOf(status)],
  writeStreamFailure,
};
