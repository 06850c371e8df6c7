import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { validateRequest, type DialectName, type Operation } from '@vitalgate/dialects';
import { describe, expect, it } from 'vitest';

/** What vendors have answered, we must not refuse. Recordings are read where they are present. */

const corpus = fileURLToPath(new URL('../../../shared/corpus/', import.meta.url));

const known: Readonly<Record<string, readonly [DialectName, Operation]>> = {
  'openai-chat': ['openai-chat', 'chat'],
  'openai-responses': ['openai-responses', 'chat'],
  'openai-completions': ['openai-chat', 'completions'],
  'openai-embeddings': ['openai-chat', 'embeddings'],
  'anthropic-messages': ['anthropic', 'chat'],
  'anthropic-count-tokens': ['anthropic', 'count-tokens'],
  'gemini-generateContent': ['gemini', 'chat'],
  'gemini-countTokens': ['gemini', 'count-tokens'],
  'gemini-embedContent': ['gemini', 'embeddings'],
  'bedrock-converse': ['bedrock', 'chat'],
  'ollama-chat': ['ollama', 'chat'],
  'ollama-generate': ['ollama', 'completions'],
};

describe('recorded requests', () => {
  it('that were answered are valid', () => {
    const refused: string[] = [];
    const index = existsSync(`${corpus}index.jsonl`)
      ? readFileSync(`${corpus}index.jsonl`, 'utf8')
      : '';
    for (const line of index.trim().split('\n').filter(Boolean)) {
      const { file, dialect, status } = JSON.parse(line) as {
        file: string;
        dialect: string;
        status: number | null;
      };
      const [name, operation] = known[dialect] ?? [];
      if (name === undefined || operation === undefined || (status ?? 200) >= 400) continue;
      const { request } = JSON.parse(readFileSync(corpus + file, 'utf8')) as {
        request: { body?: unknown } | null;
      };
      if (typeof request?.body !== 'object') continue;
      try {
        validateRequest(name, operation, Buffer.from(JSON.stringify(request.body)));
      } catch (error) {
        refused.push(`${file}: ${(error as Error).message}`);
      }
    }
    expect(refused).toEqual([]);
  });
});
