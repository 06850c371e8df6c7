import type { Codec } from '../codec.ts';
import { readRequest } from './read-request.ts';
import { readReply, writeReply } from './reply.ts';
import { GeminiReader } from './stream-reader.ts';
import { GeminiWriter } from './stream-writer.ts';
import { writeRequest } from './write-request.ts';

/** generateContent and streamGenerateContent (Gemini API reference), v1 and v1beta. */
export const codec: Codec = {
  readRequest,
  writeRequest,
  readReply,
  writeReply,
  readStream: (origin) => new GeminiReader(origin),
  writeStream: (as) => new GeminiWriter(as),
  // Gemini API reference, "FunctionDeclaration".
  toolName: /^[A-Za-z_][\w.:-]{0,127}$/,
};
