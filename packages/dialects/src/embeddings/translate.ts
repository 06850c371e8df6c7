import type { ProviderDialect } from '../codec.ts';
import type { DialectName } from '../dialect-name.ts';
import { AnswerError, RequestError } from '../errors.ts';
import { parseJson } from '../json.ts';
import { Losses } from '../losses.ts';
import { refused, type WholeTranslation } from '../translate.ts';
import { readJson } from '../usage.ts';
import { embeddingProvider as bedrock } from '../bedrock/embeddings.ts';
import { embeddingProvider as cohere } from '../cohere/embeddings.ts';
import * as gemini from '../gemini/embeddings.ts';
import { embeddingProvider as mistral } from '../mistral/embeddings.ts';
import * as ollama from '../ollama/embeddings.ts';
import * as openaiChat from '../openai-chat/embeddings.ts';
import { embeddingProvider as vertex } from '../vertex/embeddings.ts';
import type {
  AskedEmbedding,
  EmbeddingCaller,
  EmbeddingIntent,
  EmbeddingProvider,
  EmbeddingSpeaker,
} from './embedding.ts';

const callers: Readonly<Partial<Record<DialectName, EmbeddingCaller>>> = {
  'openai-chat': openaiChat.embeddingCaller,
  gemini: gemini.embeddingCaller,
  ollama: ollama.embeddingCaller,
};

const providers: Readonly<Partial<Record<ProviderDialect, EmbeddingProvider>>> = {
  'openai-chat': openaiChat.embeddingProvider,
  'azure-openai': openaiChat.embeddingProvider,
  bedrock,
  cohere,
  gemini: gemini.embeddingProvider,
  mistral,
  ollama: ollama.embeddingProvider,
  vertex,
};

/** Whether a request for vectors can be said to a provider of this dialect. */
export const embeds = (dialect: ProviderDialect): boolean => providers[dialect] !== undefined;

/**
 * Says a request for vectors to a provider of another dialect; one that asks for a single vector
 * is said as one for several.
 *
 * @throws {RequestError} when it cannot be understood, or asks for what this provider cannot give
 */
export function translateEmbeddings(
  asked: AskedEmbedding & { readonly dialect: DialectName; readonly body: Buffer },
  to: ProviderDialect,
  model: string,
  as: EmbeddingSpeaker,
): WholeTranslation {
  const { dialect } = asked;
  const caller = callers[dialect];
  const provider = providers[to];
  if (caller === undefined || provider === undefined) {
    throw new RequestError('model', to, 'a provider that has embeddings');
  }
  const intent = caller.read({ ...asked, body: parseJson(asked.body.toString()) });
  const losses = new Losses();
  for (const { path, value, needed } of intent.extras) {
    if (needed !== undefined) throw new RequestError(path, value, needed);
    losses.dropped(path, 'this provider has no such field');
  }
  const body = JSON.stringify(provider.write(intent, model, losses));
  return {
    body,
    losses,
    answer: (text) => answered(text, intent, { caller, provider, as }),
    failure: (text, status) => refused(dialect, text, status, as.id),
  };
}

function answered(
  text: string,
  intent: EmbeddingIntent,
  {
    caller,
    provider,
    as,
  }: {
    readonly caller: EmbeddingCaller;
    readonly provider: EmbeddingProvider;
    readonly as: EmbeddingSpeaker;
  },
): string {
  const reply = provider.read(readJson(text));
  const { length } = reply.vectors;
  if (length !== intent.inputs.length) {
    throw new AnswerError(`found ${length} vectors, expected ${intent.inputs.length}`);
  }
  return JSON.stringify(caller.write(reply, intent, as));
}
