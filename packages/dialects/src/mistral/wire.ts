import { EventWatch } from '../event-watch.ts';
import { ChatReader } from '../openai-chat/stream-reader.ts';
import { wire as openaiChat } from '../openai-chat/wire.ts';
import type { ProviderWire } from '../wire.ts';

/** As Chat Completions go, but for the pieces that an answer may come in. */
export const wire: ProviderWire = {
  ...openaiChat,
  watch: () => new EventWatch(new ChatReader('')),
};
