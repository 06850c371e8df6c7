import { wire as gemini } from '../gemini/wire.ts';
import { readJson } from '../usage.ts';
import type { ProviderWire } from '../wire.ts';
import { hasEmbedContent, predictedUsage } from './embeddings.ts';

/**
 * Gemini on Vertex AI (Vertex AI REST reference, "publishers.models"). The base names project and
 * location, as in `https://us-central1-aiplatform.googleapis.com/v1/projects/P/locations/L`.
 */
export const wire: ProviderWire = {
  ...gemini,
  like: 'gemini',
  path(base, operation, { model, streamed }) {
    if (isClaude(model)) return undefined;
    const of = (method: string) =>
      `${publisher(base, 'google')}/${encodeURIComponent(model)}:${method}`;
    if (operation === 'chat')
      return of(streamed ? 'streamGenerateContent?alt=sse' : 'generateContent');
    if (operation === 'embeddings' && /embed/.test(model)) {
      return of(hasEmbedContent(model) ? 'embedContent' : 'predict');
    }
    return operation === 'count-tokens' ? of('countTokens') : undefined;
  },
  apart: ['embedding', 'embeddings', 'count-tokens'],
  answers: { chat: gemini.answers.chat, 'count-tokens': gemini.answers['count-tokens'] },
  credential: (secret) => ['authorization', `Bearer ${secret}`],
  usageOf: (body) =>
    body.includes('"predictions"')
      ? predictedUsage(readJson(body.toString()))
      : gemini.usageOf(body),
};

export const isClaude = (model: string): boolean => model.startsWith('claude-');

export const publisher = (base: string, name: string): string =>
  `${base}/publishers/${name}/models`;
