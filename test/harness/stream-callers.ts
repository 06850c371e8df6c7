interface StreamCaller {
  readonly path: string;
  readonly body: object;
  /** How a whole stream ends, and a broken one never does. */
  readonly end: RegExp;
}

/** What callers of each dialect ask for a stream, with `{model}` where the path names it. */
export const streamCallers = {
  'openai-chat': {
    path: '/v1/chat/completions',
    body: { stream: true, messages: [{ role: 'user', content: 'Hi' }] },
    end: /"finish_reason":"stop"[^]*\[DONE\]/,
  },
  'openai-responses': {
    path: '/v1/responses',
    body: { stream: true, input: 'Hi' },
    end: /response\.completed/,
  },
  anthropic: {
    path: '/v1/messages',
    body: { stream: true, max_tokens: 50, messages: [{ role: 'user', content: 'Hi' }] },
    end: /"stop_reason":"end_turn"[^]*message_stop/,
  },
  gemini: {
    path: '/v1beta/models/{model}:streamGenerateContent?alt=sse',
    body: { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] },
    end: /"finishReason":"STOP"/,
  },
  bedrock: {
    path: '/model/{model}/converse-stream',
    body: { messages: [{ role: 'user', content: [{ text: 'Hi' }] }] },
    end: /"stopReason":"end_turn"[^]*metadata/,
  },
  ollama: {
    path: '/api/chat',
    body: { messages: [{ role: 'user', content: 'Hi' }] },
    end: /"done":true/,
  },
} satisfies Record<string, StreamCaller>;
