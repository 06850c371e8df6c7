import type { Codec } from '../codec.ts';
import { readRequest } from './read-request.ts';
import { readReply, writeReply } from './reply.ts';
import { ResponsesReader } from './stream-reader.ts';
import { ResponsesWriter } from './stream-writer.ts';
import { writeRequest } from './write-request.ts';

/** Responses (OpenAI API reference). */
export const codec: Codec = {
  readRequest,
  writeRequest,
  readReply,
  writeReply,
  readStream: (origin) => new ResponsesReader(origin),
  writeStream: (as) => new ResponsesWriter(as),
  // OpenAI API reference, "FunctionTool".
  toolName: /^[\w-]{1,64}$/,
};
