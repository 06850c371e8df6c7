import type { IncomingHttpHeaders } from 'node:http';
import { decodedUri } from '../uri.ts';
import { anthropic } from './anthropic/dialect.ts';
import { azureOpenai } from './azure-openai/dialect.ts';
import { bedrock } from './bedrock/dialect.ts';
import { cohere } from './cohere/dialect.ts';
import type { Dialect, DialectName, Operation } from './dialect.ts';
import { gemini } from './gemini/dialect.ts';
import { mistral } from './mistral/dialect.ts';
import { ollama } from './ollama/dialect.ts';
import { openai } from './openai/dialect.ts';
import { openaiResponses } from './openai-responses/dialect.ts';
import { vertexAnthropic } from './vertex-anthropic/dialect.ts';

const dialects: Readonly<Record<DialectName, Dialect>> = {
  openai,
  'openai-responses': openaiResponses,
  anthropic,
  gemini,
  mistral,
  cohere,
  ollama,
  bedrock,
  'azure-openai': azureOpenai,
  'vertex-anthropic': vertexAnthropic,
};

export interface Route {
  readonly dialect: Dialect;
  /** Or why there is none: the path is unknown, or served with another method only. */
  readonly operation: Operation | 'unknown-path' | 'other-method';
  /** The model in the path. */
  readonly named: string | undefined;
}

/**
 * Who answers. Where dialects share a path (`/v1/models`) the headers decide; what nobody serves
 * is refused by the dialect the headers speak for, else by OpenAI's.
 */
export function routeOf(method: string, path: string, headers: IncomingHttpHeaders): Route {
  const all = Object.values(dialects);
  const claimant = all.find((dialect) => dialect.claims(headers)) ?? openai;
  let other: Dialect | undefined;
  for (const dialect of [claimant, ...all.filter((one) => one !== claimant)]) {
    for (const operation of dialect.operations) {
      const match = operation.path.exec(path);
      if (match === null) continue;
      if (operation.method === method) {
        const named = match[1] === undefined ? undefined : decodedUri(match[1]);
        return { dialect, operation, named };
      }
      other ??= dialect;
    }
  }
  const operation = other === undefined ? 'unknown-path' : 'other-method';
  return { dialect: other ?? claimant, operation, named: undefined };
}
