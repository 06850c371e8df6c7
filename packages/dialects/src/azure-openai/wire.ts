import { ChatWatch } from '../openai-chat/watch.ts';
import { readUsage } from '../openai-chat/usage.ts';
import { endOfLastEvent } from '../sse.ts';
import { findUsage } from '../usage.ts';
import type { Operation, ProviderWire } from '../wire.ts';

const paths: Readonly<Partial<Record<Operation, string>>> = {
  chat: '/chat/completions',
  completions: '/completions',
  embeddings: '/embeddings',
};

/** The last stable one (Azure OpenAI REST API reference, "Data plane inference"). */
const VERSION = '?api-version=2024-10-21';

/**
 * Azure OpenAI: Chat Completions below a deployment, which stands for the model. A base that ends
 * in `/openai/v1` is the newer form, where the deployment is named in the body and no version is
 * wanted (Azure OpenAI in Foundry Models, "API version lifecycle").
 */
export const wire: ProviderWire = {
  like: 'openai-chat',
  path(base, operation, { model }) {
    const isNew = base.endsWith('/openai/v1');
    if (operation === 'models') return isNew ? `${base}/models` : `${root(base)}/models${VERSION}`;
    const path = paths[operation];
    if (path === undefined) return undefined;
    if (isNew) return `${base}${path}`;
    return `${root(base)}/deployments/${encodeURIComponent(model)}${path}${VERSION}`;
  },
  credential: (secret) => ['api-key', secret],
  demanded: {},
  isModelInPath: false,
  streamTypes: ['text/event-stream'],
  endOfLastFrame: endOfLastEvent,
  watch: () => new ChatWatch(),
  usageOf: (body) => readUsage(findUsage(body)),
  answers: { chat: ['choices'], completions: ['choices'], embeddings: ['data'] },
};

/** People give the resource's address with and without what is common to all deployments. */
const root = (base: string): string => (base.endsWith('/openai') ? base : `${base}/openai`);
