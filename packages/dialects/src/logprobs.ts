import { listIn, textIn, valueIn } from './fields.ts';
import { numberOf } from './json.ts';

/** How likely a model found one token, natural logarithm, and what else it might have said. */
export interface TokenLogprob extends Likely {
  /** The most likely at this place, the token itself perhaps among them. */
  readonly top: readonly Likely[];
}

interface Likely {
  readonly token: string;
  readonly logprob: number;
  /** Of UTF-8, where the vendor tells them: a token may be a part of a character. */
  readonly bytes?: readonly unknown[] | undefined;
}

/** Tokens as OpenAI has them in both of its dialects, and Ollama. */
export function readTokens(list: readonly unknown[]): TokenLogprob[] {
  return list.flatMap((one) =>
    likely(one).map((told) => ({ ...told, top: listIn(one, 'top_logprobs').flatMap(likely) })),
  );
}

function likely(one: unknown): Likely[] {
  const token = textIn(one, 'token');
  const logprob = numberOf(valueIn(one, 'logprob'));
  if (token === undefined || logprob === undefined) return [];
  const bytes = listIn(one, 'bytes');
  return [{ token, logprob, bytes: bytes.length === 0 ? undefined : bytes }];
}

export const writeTokens = (tokens: readonly TokenLogprob[]): object[] =>
  tokens.map(({ top, ...token }) => ({
    ...writeLikely(token),
    top_logprobs: top.map(writeLikely),
  }));

const writeLikely = ({ token, logprob, bytes }: Likely): object => ({
  token,
  logprob,
  bytes: bytes ?? [...Buffer.from(token)],
});
