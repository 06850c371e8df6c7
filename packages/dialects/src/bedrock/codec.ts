import type { Codec } from '../codec.ts';
import { readRequest } from './read-request.ts';
import { readReply, writeReply } from './reply.ts';
import { ConverseReader } from './stream-reader.ts';
import { ConverseWriter } from './stream-writer.ts';
import { writeRequest } from './write-request.ts';

/** Converse and ConverseStream (Amazon Bedrock API reference). */
export const codec: Codec = {
  readRequest,
  writeRequest,
  readReply,
  writeReply,
  readStream: (origin) => new ConverseReader(origin),
  writeStream: (as) => new ConverseWriter(as),
  // Amazon Bedrock API reference, "ToolSpecification".
  toolName: /^[\w-]{1,64}$/,
};
