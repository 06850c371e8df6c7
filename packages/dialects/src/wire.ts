import {
  writeFailure as writeMessagesFailure,
  writeStreamFailure as writeMessagesStreamFailure,
} from './anthropic/failure.ts';
import { readUsage as readMessagesUsage } from './anthropic/usage.ts';
import { MessagesWatch } from './anthropic/watch.ts';
import type { ToldFailure } from './failure.ts';
import {
  writeFailure as writeChatFailure,
  writeStreamFailure as writeChatStreamFailure,
} from './openai-chat/failure.ts';
import { readUsage as readChatUsage } from './openai-chat/usage.ts';
import { ChatWatch } from './openai-chat/watch.ts';
import { findUsage, type Usage } from './usage.ts';
import type { StreamWatch } from './watch.ts';

/** The dialects that pass through the gateway byte for byte. */
export type WireDialect = 'openai-chat' | 'anthropic';

/** What a caller asks a model API to do, whatever the dialect calls it. */
export type Operation = 'chat' | 'completions' | 'embeddings' | 'count-tokens' | 'models';

/** What the gateway must know of a dialect when both ends speak it. */
export interface Wire {
  /** Path of each operation the dialect has, without the version prefix. */
  readonly paths: Readonly<Partial<Record<Operation, string>>>;
  /** The header that carries a credential, lower case, with its value. */
  credential(secret: string): readonly [name: string, value: string];
  /** Headers the vendor demands, given unless the caller sent its own. */
  readonly demanded: Readonly<Record<string, string>>;
  /** A watch for one streamed answer. */
  watch(): StreamWatch;
  /** Usage of a whole answer, or of its last few kilobytes. */
  usageOf(body: Buffer): Usage;
  /** Body of an HTTP error answer (application/json). */
  writeFailure(failure: ToldFailure): string;
  /** Frames that end a stream that had begun and failed. */
  writeStreamFailure(failure: ToldFailure): string;
}

export const wires: Readonly<Record<WireDialect, Wire>> = {
  'openai-chat': {
    paths: {
      chat: '/chat/completions',
      completions: '/completions',
      embeddings: '/embeddings',
      models: '/models',
    },
    credential: (secret) => ['authorization', `Bearer ${secret}`],
    demanded: {},
    watch: () => new ChatWatch(),
    usageOf: (body) => readChatUsage(findUsage(body)),
    writeFailure: writeChatFailure,
    writeStreamFailure: writeChatStreamFailure,
  },
  anthropic: {
    paths: { chat: '/messages', 'count-tokens': '/messages/count_tokens', models: '/models' },
    credential: (secret) => ['x-api-key', secret],
    // Anthropic refuses a request without a version (API reference, "Versions").
    demanded: { 'anthropic-version': '2023-06-01' },
    watch: () => new MessagesWatch(),
    usageOf: (body) => readMessagesUsage(findUsage(body)),
    writeFailure: writeMessagesFailure,
    writeStreamFailure: writeMessagesStreamFailure,
  },
};

/**
 * URL of an operation below a provider's base URL. Vendors' own clients disagree on whether the
 * base holds the `/v1`: OpenAI's does, Anthropic's does not. Both forms are taken.
 */
export function endpoint(dialect: WireDialect, baseUrl: URL, path: string): string {
  const base = baseUrl.pathname.replace(/\/+$/, '');
  const versioned = /\/v\d+[a-z0-9]*$/.test(base);
  const needsVersion = dialect === 'anthropic' ? !versioned : base === '';
  return `${base}${needsVersion ? '/v1' : ''}${path}`;
}
