import { describe, expect, it } from 'vitest';
import type { ProviderDialect } from './codec.ts';
import { lookAtWhole } from './whole-answer.ts';

const chat = '{"id":"c","choices":[{"message":{"content":"\\"error\\": {"}}],"usage":{}}';

describe('a whole answer', () => {
  it.each<[ProviderDialect, string, string]>([
    ['openai-chat', chat, 'answer'],
    ['openai-chat', ` \n${chat} \n`, 'answer'],
    ['openai-chat', `{"error":null,${chat.slice(1)}`, 'answer'],
    ['openai-chat', '{"choices":[{"error":{"code":502}}]}', 'answer'],
    ['openai-chat', '{"error":{"message":"no","code":502}}', 'error'],
    ['mistral', '{"choices":[{"message":{"content":"H"},"finish_reason": "error"}]}', 'error'],
    [
      'openai-chat',
      '{"choices":[{"message":{"content":"\\"finish_reason\\":\\"error\\""}}]}',
      'answer',
    ],
    ['openai-chat', '{"id":"x", "error" : "overloaded"}', 'error'],
    ['openai-chat', '{"choices":[]}', 'empty'],
    ['openai-chat', '{"choices":null}', 'malformed'],
    ['openai-chat', '{"detail":"Not Found"}', 'malformed'],
    ['openai-chat', '{"nested":{"choices":[1]}}', 'malformed'],
    ['openai-chat', '{"text":"choices"}', 'malformed'],
    ['openai-chat', '{}', 'malformed'],
    ['openai-chat', '[]', 'malformed'],
    ['openai-chat', '"choices"', 'malformed'],
    ['openai-chat', '', 'malformed'],
    ['openai-chat', chat.slice(0, -1), 'malformed'],
    ['openai-chat', `${chat.slice(0, -14)}}`, 'malformed'],
    ['openai-chat', `${chat}}`, 'malformed'],
    ['openai-chat', chat + chat, 'malformed'],
    ['openai-responses', '{"status":"queued","error":null,"output":[]}', 'answer'],
    ['openai-responses', '{"status":"failed","error":{"code":"x"},"output":[]}', 'error'],
    ['anthropic', '{"content":[],"stop_reason":"end_turn"}', 'answer'],
    ['anthropic', '{"type":"error","error":{"type":"overloaded_error"}}', 'error'],
    ['gemini', '{"promptFeedback":{"blockReason":"SAFETY"}}', 'answer'],
    ['gemini', '{"candidates":[],"usageMetadata":{}}', 'empty'],
    ['ollama', '{"message":{"content":""},"done":true}', 'answer'],
    ['ollama', '{"success":false,"message":"bad"}', 'malformed'],
  ])('of %s: %s is %s', (dialect, text, is) => {
    expect(lookAtWhole(dialect, 'chat', Buffer.from(text))).toBe(is);
  });

  it('may be long vectors, and ends where they do', () => {
    const vectors = JSON.stringify({ data: [{ embedding: [0.1, -2, 3e-9] }, { embedding: [-1] }] });
    expect(lookAtWhole('openai-chat', 'embeddings', Buffer.from(vectors))).toBe('answer');
    const cut = Buffer.from(vectors.slice(0, 30));
    expect(lookAtWhole('openai-chat', 'embeddings', cut)).toBe('malformed');
  });

  it('of an operation that nobody looks into only has to end', () => {
    expect(lookAtWhole('openai-chat', 'models', Buffer.from('[{"id":"m"}]'))).toBe('answer');
    expect(lookAtWhole('openai-chat', 'models', Buffer.from('<html>'))).toBe('malformed');
  });
});
