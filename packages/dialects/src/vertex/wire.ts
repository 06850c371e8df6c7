import { wire as gemini } from '../gemini/wire.ts';
import type { ProviderWire } from '../wire.ts';

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
    return operation === 'count-tokens' ? of('countTokens') : undefined;
  },
  credential: (secret) => ['authorization', `Bearer ${secret}`],
};

export const isClaude = (model: string): boolean => model.startsWith('claude-');

export const publisher = (base: string, name: string): string =>
  `${base}/publishers/${name}/models`;
