import type { ProviderCodec } from '../codec.ts';
import { readReply } from './reply.ts';
import { CohereReader } from './stream-reader.ts';
import { writeRequest } from './write-request.ts';

/** Cohere's chat, second version (Cohere API reference, "Chat API (v2)"). */
export const codec: ProviderCodec = {
  writeRequest,
  readReply,
  readStream: (origin) => new CohereReader(origin),
  // Cohere documentation, "Tool use", parameter types.
  toolName: /^[A-Za-z_]\w{0,63}$/,
};
