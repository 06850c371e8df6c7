import { isString, stringOf } from '../../json.ts';
import { embed, wordsOf } from '../../toy/embed.ts';
import { estimateTokens } from '../../toy/tokens.ts';
import type { Call, Reply } from '../dialect.ts';
import { numberOf } from './request.ts';
import { checkModel, invalid, missing } from './rules.ts';

/** `POST /v1/embeddings`: small vectors, as numbers or as base64 of 32-bit floats. */
export function embeddings({ body }: Call): Reply {
  checkModel(body);
  if (body['input'] === undefined) throw missing('input');
  const inputs = inputsOf(body['input']);
  if (inputs.length === 0 || inputs.some(({ words }) => words.length === 0)) {
    throw invalid("'$.input' is invalid.", null, null);
  }
  const size = numberOf(body['dimensions']) ?? usualSize;
  if (size < 1) {
    throw invalid(`${size} is less than the minimum of 1 - 'dimensions'`, null, null);
  }
  if (size > largestSize) {
    throw invalid(
      `${size} is greater than the maximum of ${largestSize} - 'dimensions'`,
      null,
      null,
    );
  }
  const format = body['encoding_format'] ?? 'float';
  if (format !== 'float' && format !== 'base64') {
    throw invalid(
      `Invalid value: '${stringOf(format)}'. Supported values are: 'float' and 'base64'.`,
      'encoding_format',
      'invalid_value',
    );
  }
  const tokens = inputs.reduce((sum, input) => sum + input.tokens, 0);
  const answer = {
    object: 'list',
    data: inputs.map(({ words }, index) => {
      const vector = embed(words, size);
      const embedding = format === 'base64' ? base64(vector) : Array.from(vector);
      return { object: 'embedding', index, embedding };
    }),
    model: body['model'],
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
  return { kind: 'whole', body: JSON.stringify(answer), tokens: 0 };
}

/** Small, so that answers can be read; `dimensions` asks for others. */
const usualSize = 64;
const largestSize = 3072;

interface Input {
  readonly words: readonly string[];
  readonly tokens: number;
}

/** An input is a text, a list of texts, a list of tokens or a list of those. */
function inputsOf(input: unknown): readonly Input[] {
  if (isString(input)) {
    return [{ words: wordsOf(input), tokens: estimateTokens(input.length) }];
  }
  if (!Array.isArray(input)) return [];
  if (input.length > 0 && input.every(Number.isInteger)) {
    return [{ words: input.map(String), tokens: input.length }];
  }
  return input.flatMap(inputsOf);
}

/** Little-endian, whatever the machine. */
function base64(vector: Float32Array): string {
  const bytes = Buffer.alloc(4 * vector.length);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, 4 * index);
  return bytes.toString('base64');
}
