import { isString, type JsonObject } from '../../json.ts';
import { embed, wordsOf } from '../../toy/embed.ts';
import { estimateTokens } from '../../toy/tokens.ts';
import { embeddings as ofCohere } from '../cohere/embeddings.ts';
import type { Call, Reply } from '../dialect.ts';
import { numberOf } from '../openai/request.ts';
import { invalid } from './rules.ts';

const sizes = new Set([256, 512, 1024]);

/** Titan's text embeddings by `InvokeModel` (Amazon Bedrock User Guide, "Amazon Titan Embeddings"). */
export function titanEmbedding({ body }: Call): Reply {
  const { inputText } = body;
  if (!isString(inputText) || inputText === '') {
    throw invalid(
      'Malformed input request: expected minLength: 1, actual: 0, please reformat your input and try again.',
    );
  }
  const size = numberOf(body['dimensions']) ?? 1024;
  if (!sizes.has(size)) {
    throw invalid(
      `Malformed input request: #/dimensions: ${size} is not a valid enum value, please reformat your input and try again.`,
    );
  }
  const embedding = Array.from(embed(wordsOf(inputText), size));
  const inputTextTokenCount = estimateTokens(inputText.length);
  const answer = { embedding, embeddingsByType: { float: embedding }, inputTextTokenCount };
  return { kind: 'whole', body: JSON.stringify(answer), tokens: 0 };
}

/** Cohere's own, but for the model, which is in the path, and what was billed, in a header. */
export function cohereEmbeddings(call: Call): Reply {
  const reply = ofCohere({ ...call, body: { ...call.body, model: call.named ?? '' } });
  if (reply.kind !== 'whole') return reply;
  const { meta: _meta, ...answer } = JSON.parse(reply.body) as JsonObject;
  return { ...reply, body: JSON.stringify(answer) };
}
