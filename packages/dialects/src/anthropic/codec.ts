import type { Codec } from '../codec.ts';
import { readRequest } from './read-request.ts';
import { readReply, writeReply } from './reply.ts';
import { MessagesReader } from './stream-reader.ts';
import { MessagesWriter } from './stream-writer.ts';
import { writeRequest } from './write-request.ts';

/** Messages (Anthropic API reference), versions 2023-06-01 and 2026-10-21. */
export const codec: Codec = {
  readRequest,
  writeRequest,
  readReply,
  writeReply,
  readStream: (origin) => new MessagesReader(origin),
  writeStream: (as) => new MessagesWriter(as),
  // Anthropic API reference, "Tool use".
  toolName: /^[\w-]{1,128}$/,
};
