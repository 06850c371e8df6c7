import type { Codec } from '../codec.ts';
import { readMistralRequest } from './mistral-request.ts';
import { readRequest } from './read-request.ts';
import { readReply, writeReply } from './reply.ts';
import { ChatReader } from './stream-reader.ts';
import { ChatWriter } from './stream-writer.ts';
import { writeRequest } from './write-request.ts';

/** Chat Completions (OpenAI API reference). */
export const codec: Codec = {
  readRequest: (asked) =>
    asked.form === 'mistral' ? readMistralRequest(asked) : readRequest(asked),
  writeRequest,
  readReply,
  writeReply,
  readStream: (origin) => new ChatReader(origin),
  writeStream: (as) => new ChatWriter(as),
  // OpenAI API reference, "FunctionObject".
  toolName: /^[\w-]{1,64}$/,
};
