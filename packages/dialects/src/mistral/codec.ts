import type { ProviderCodec } from '../codec.ts';
import { readReply } from '../openai-chat/reply.ts';
import { ChatReader } from '../openai-chat/stream-reader.ts';
import { writeRequest } from './write-request.ts';

/** Mistral's chat (Mistral API reference): Chat Completions with words and rules of its own. */
export const codec: ProviderCodec = {
  writeRequest,
  readReply,
  readStream: (origin) => new ChatReader(origin),
  // Mistral API documentation, "Function calling".
  toolName: /^[\w-]{1,64}$/,
};
