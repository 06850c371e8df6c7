import { describe, expect, it } from 'vitest';
import { profileOf, type Profile } from './profile.ts';

/** What single vendors and models want, as data; each line is on a page of theirs. */
const known: readonly (readonly [url: string, model: string, quirks: Partial<Profile>])[] = [
  [
    'https://api.openai.com/v1',
    'gpt-4.1',
    { maxTokensField: 'max_completion_tokens', sampling: 'all' },
  ],
  [
    'https://api.openai.com/v1',
    'o4-mini',
    { sampling: 'none', sealsReasoning: true, reasoningField: undefined },
  ],
  [
    'https://us.openai.azure.com/openai',
    'our-deployment',
    { maxTokensField: 'max_completion_tokens' },
  ],
  [
    'https://api.groq.com/openai/v1',
    'qwen3-32b',
    { reasoningField: 'reasoning', maxTokensField: 'max_tokens' },
  ],
  [
    'https://api.deepseek.com',
    'deepseek-reasoner',
    { reasoningField: 'reasoning_content', pairsResults: true },
  ],
  ['https://api.x.ai/v1', 'grok-4', { reasoningField: 'reasoning_content' }],
  ['https://openrouter.ai/api/v1', 'openai/gpt-5', { reasoningField: 'reasoning' }],
  ['https://api.together.xyz/v1', 'deepseek-ai/DeepSeek-R1', { reasoningField: 'reasoning' }],
  // llama.cpp, vLLM and LM Studio are wherever their owners put them: nothing but the standard holds.
  [
    'http://127.0.0.1:8080/v1',
    'llama-3.2',
    { reasoningField: undefined, maxTokensField: 'max_tokens', sampling: 'all' },
  ],
  [
    'http://127.0.0.1:8000/v1',
    'Qwen/Qwen3-8B',
    { reasoningField: undefined, systemRole: 'system' },
  ],
  ['http://127.0.0.1:1234/v1', 'gpt-oss-20b', { reasoningField: undefined, formats: true }],
  [
    'https://api.anthropic.com',
    'claude-3-haiku-20240307',
    { maxTokens: 4096, reasoning: 'none', formats: false },
  ],
  ['https://api.anthropic.com', 'claude-sonnet-4-5', { reasoning: 'budget', sampling: 'one' }],
  ['https://api.anthropic.com', 'claude-opus-4-7', { reasoning: 'adaptive', sampling: 'none' }],
  [
    'https://generativelanguage.googleapis.com',
    'gemini-1.5-pro',
    { schemas: 'openapi', reasoning: 'none' },
  ],
  [
    'https://generativelanguage.googleapis.com',
    'gemini-3-pro',
    { sealedCalls: true, mediaResults: true },
  ],
  // Whose name only ends like a vendor's is another's.
  ['https://evil-api.groq.com.example', 'qwen3-32b', { reasoningField: undefined }],
];

describe('profiles', () => {
  it.each(known)('of %s, %s', (url, model, quirks) => {
    expect(profileOf(new URL(url), model)).toMatchObject(quirks);
  });
});
