import type { Codec } from '../codec.ts';
import { readRequest } from './read-request.ts';
import { readReply, writeReply } from './reply.ts';
import { OllamaReader } from './stream-reader.ts';
import { OllamaWriter } from './stream-writer.ts';
import { writeRequest } from './write-request.ts';

/** Ollama's own chat (Ollama API, `POST /api/chat`). */
export const codec: Codec = {
  readRequest,
  writeRequest,
  readReply,
  writeReply,
  readStream: (origin) => new OllamaReader(origin),
  writeStream: (as) => new OllamaWriter(as),
  // Names go into a model's prompt as they are.
  toolName: /^\S+$/,
};
