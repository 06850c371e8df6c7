import type { Codec } from '../codec.ts';
import { valueIn } from '../fields.ts';
import { CompletionWriter, readCompletion, writeCompletion } from './completions.ts';
import { readMistralRequest } from './mistral-request.ts';
import { readRequest } from './read-request.ts';
import { readReply, writeReply } from './reply.ts';
import { ChatReader } from './stream-reader.ts';
import { ChatWriter } from './stream-writer.ts';
import { writeRequest } from './write-request.ts';

/** Chat Completions (OpenAI API reference). */
export const codec: Codec = {
  readRequest(asked) {
    if (asked.form === 'mistral') return readMistralRequest(asked);
    const isPrompt = valueIn(asked.body, 'messages') === undefined;
    return isPrompt && valueIn(asked.body, 'prompt') !== undefined
      ? readCompletion(asked)
      : readRequest(asked);
  },
  writeRequest,
  readReply,
  writeReply: (reply, as) =>
    as.form === 'completions' ? writeCompletion(reply, as) : writeReply(reply, as),
  readStream: (origin) => new ChatReader(origin),
  writeStream: (as) => (as.form === 'completions' ? new CompletionWriter(as) : new ChatWriter(as)),
  // OpenAI API reference, "FunctionObject".
  toolName: /^[\w-]{1,64}$/,
};
