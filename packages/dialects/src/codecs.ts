import { codec as anthropic } from './anthropic/codec.ts';
import type { Codec, DialectName } from './codec.ts';
import { codec as openaiChat } from './openai-chat/codec.ts';

export const codecs: Readonly<Record<DialectName, Codec>> = {
  'openai-chat': openaiChat,
  anthropic,
};
