import { readReply as readMessage, writeReply as writeMessage } from './anthropic/reply.ts';
import { readRequest as readMessages } from './anthropic/read-request.ts';
import { MessagesReader } from './anthropic/stream-reader.ts';
import { MessagesWriter } from './anthropic/stream-writer.ts';
import { writeRequest as writeMessages } from './anthropic/write-request.ts';
import type { Codec, DialectName } from './codec.ts';
import { readRequest as readChat } from './openai-chat/read-request.ts';
import { readReply as readCompletion, writeReply as writeCompletion } from './openai-chat/reply.ts';
import { ChatReader } from './openai-chat/stream-reader.ts';
import { ChatWriter } from './openai-chat/stream-writer.ts';
import { writeRequest as writeChat } from './openai-chat/write-request.ts';

export const codecs: Readonly<Record<DialectName, Codec>> = {
  'openai-chat': {
    readRequest: readChat,
    writeRequest: writeChat,
    readReply: readCompletion,
    writeReply: writeCompletion,
    readStream: (origin) => new ChatReader(origin),
    writeStream: (as) => new ChatWriter(as),
    // OpenAI API reference, "FunctionObject".
    toolName: /^[\w-]{1,64}$/,
    streamType: 'text/event-stream; charset=utf-8',
  },
  anthropic: {
    readRequest: readMessages,
    writeRequest: writeMessages,
    readReply: readMessage,
    writeReply: writeMessage,
    readStream: (origin) => new MessagesReader(origin),
    writeStream: (as) => new MessagesWriter(as),
    // Anthropic API reference, "Tool use".
    toolName: /^[\w-]{1,128}$/,
    streamType: 'text/event-stream; charset=utf-8',
  },
};
