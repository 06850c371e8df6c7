/** Dialects there is a codec for. */
export type DialectName = 'openai-chat' | 'anthropic';
