import { listIn, objectIn, textIn, valueIn } from '../fields.ts';
import { numberOf } from '../json.ts';
import type { TokenLogprob } from '../logprobs.ts';

/** Reads a candidate's `logprobsResult` (Gemini API reference, "LogprobsResult"). */
export function readLogprobs(candidate: unknown): TokenLogprob[] {
  const result = objectIn(candidate, 'logprobsResult');
  const tops = listIn(result, 'topCandidates');
  return listIn(result, 'chosenCandidates').flatMap((chosen, index) =>
    likely(chosen).map((told) => ({
      ...told,
      top: listIn(tops[index], 'candidates').flatMap(likely),
    })),
  );
}

function likely(one: unknown): { token: string; logprob: number }[] {
  const token = textIn(one, 'token');
  const logprob = numberOf(valueIn(one, 'logProbability'));
  return token === undefined || logprob === undefined ? [] : [{ token, logprob }];
}

/** Undefined where nobody told any. */
export function writeLogprobs(tokens: readonly TokenLogprob[]): object | undefined {
  if (tokens.length === 0) return undefined;
  const told = ({ token, logprob }: { token: string; logprob: number }): object => ({
    token,
    logProbability: logprob,
  });
  const tops = tokens.map(({ top }) => ({ candidates: top.map(told) }));
  return { chosenCandidates: tokens.map(told), topCandidates: tops };
}
