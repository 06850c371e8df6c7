import type { Usage } from '@vitalgate/dialects';
import type { TokenEstimate } from '../access/limits/estimate.ts';
import type { UpstreamCall } from '../upstream/call.ts';
import { costOf, type PriceSource, type Tariff } from './price.ts';

/** What one request has used, over all its attempts. */
export interface Bill {
  /** Tokens; undefined where no provider was reached that spends any. */
  usage: Usage;
  /** Billionths of a US dollar; undefined where nobody knows a price. */
  cost: number | undefined;
  source: PriceSource | undefined;
  /** Some of it was not told by the provider. */
  isEstimated: boolean;
}

/** Most tokenizers make a token of about four bytes of text. */
const BYTES_PER_TOKEN = 4;

/** What an attempt that is over has used, as told by the provider or estimated; undefined for nothing. */
export function usageOf(
  call: UpstreamCall,
  expected: TokenEstimate,
): { usage: Usage; isEstimated: boolean } | undefined {
  const { usage, status, isWhole, isCancelled, events, receivedBytes } = call;
  const isTold = usage.input !== undefined || usage.output !== undefined;
  const isAccepted = status >= 200 && status < 300;
  // Vendors take nothing for what they refuse or fail, and for what a caller gives up they do.
  if (!isTold && !isAccepted && !(status === 0 && isCancelled)) return undefined;
  const input = usage.input ?? expected.input;
  // Vectors and counts are no tokens, however many bytes they have.
  const toldOutput = usage.output ?? (expected.output === 0 ? 0 : undefined);
  if (isTold && isWhole && toldOutput !== undefined) {
    return {
      usage: { ...usage, input, output: toldOutput },
      isEstimated: usage.input === undefined,
    };
  }
  // Of a stream that ends early the last word on usage is missing. One event is about one token.
  const bytes = expected.output === 0 ? 0 : receivedBytes;
  const generated = events ?? Math.ceil(bytes / BYTES_PER_TOKEN);
  const output = Math.max(usage.output ?? 0, generated);
  return { usage: { ...usage, input, output }, isEstimated: true };
}

/** Adds an attempt to the bill. */
export function charge(
  bill: Bill,
  { usage, isEstimated }: { usage: Usage; isEstimated: boolean },
  tariff: Tariff | undefined,
): void {
  const { input = 0, output = 0 } = usage;
  const cost = tariff === undefined ? undefined : costOf(tariff, { ...usage, input, output });
  const isFirst = bill.usage.input === undefined;
  bill.usage = isFirst ? usage : sum(bill.usage, usage);
  // A sum with something unknown in it is unknown.
  bill.cost = isFirst ? cost : plus(bill.cost, cost, true);
  bill.source = tariff?.source;
  bill.isEstimated ||= isEstimated;
}

const sum = (a: Usage, b: Usage): Usage => ({
  input: plus(a.input, b.input),
  cached: plus(a.cached, b.cached),
  cacheWritten: plus(a.cacheWritten, b.cacheWritten),
  output: plus(a.output, b.output),
  reasoning: plus(a.reasoning, b.reasoning),
});

function plus(
  a: number | undefined,
  b: number | undefined,
  mustBeKnown: boolean = false,
): number | undefined {
  if (a === undefined || b === undefined) return mustBeKnown ? undefined : (a ?? b);
  return a + b;
}
