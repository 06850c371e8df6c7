import { isString, stringOf } from '../../json.ts';
import { embed, wordsOf } from '../../toy/embed.ts';
import { estimateTokens } from '../../toy/tokens.ts';
import type { Call, Reply } from '../dialect.ts';
import { numberOf } from '../openai/request.ts';
import { checkModel, invalid } from './rules.ts';

const usualSize = 64;

/** `POST /api/embed` (https://docs.ollama.com/api/embed): one text or several. */
export function embeddings({ body }: Call): Reply {
  checkModel(body);
  const input: unknown = body['input'] ?? [];
  if (!isString(input) && !(Array.isArray(input) && input.every(isString))) {
    throw invalid('invalid input type');
  }
  const texts = isString(input) ? [input] : input;
  const size = numberOf(body['dimensions']) ?? usualSize;
  const answer = {
    model: body['model'],
    embeddings: texts.map((text) => Array.from(embed(wordsOf(text), size))),
    total_duration: 14_143_917,
    load_duration: 1_019_500,
    prompt_eval_count: texts.reduce((sum, text) => sum + estimateTokens(text.length), 0),
  };
  return { kind: 'whole', body: JSON.stringify(answer), tokens: 0 };
}

/** `POST /api/embeddings`, the older way: one text, one vector. */
export function oneEmbedding({ body }: Call): Reply {
  checkModel(body);
  const embedding = Array.from(embed(wordsOf(stringOf(body['prompt'])), usualSize));
  return { kind: 'whole', body: JSON.stringify({ embedding }), tokens: 0 };
}
