import { wire as anthropic } from './anthropic/wire.ts';
import type { DialectName } from './codec.ts';
import { wire as openaiChat } from './openai-chat/wire.ts';
import type { Wire } from './wire.ts';

export const wires: Readonly<Record<DialectName, Wire>> = {
  'openai-chat': openaiChat,
  anthropic,
};
