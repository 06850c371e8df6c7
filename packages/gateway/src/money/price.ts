import { calcPrice, type ModelPrice } from '@pydantic/genai-prices';
import type { PriceConfig, ProviderDialect } from '@vitalgate/contract';
import type { Usage } from '@vitalgate/dialects';

/** What a model's tokens cost, and who says so. */
export interface Tariff extends PriceConfig {
  readonly source: PriceSource;
  /** Vendors that charge more for long prompts charge it for the whole call. Shortest first. */
  readonly tiers: readonly (PriceConfig & { readonly above: number })[];
}

/**
 * - `config`: the configuration
 * - `list`: the vendor's list, by the provider's address
 * - `list-by-model`: the list of the vendor whose dialect it speaks, where the address is not known
 * - `toy`: the simulator's, which costs nobody anything
 */
export type PriceSource = 'config' | 'list' | 'list-by-model' | 'toy' | 'cache';

/** The simulator's, so that budgets can be tried without an account. */
const TOY_PRICE: PriceConfig = { input: 1, output: 4 };

/** Whose list a model is looked up in when the address tells nothing. */
const vendors: Readonly<Partial<Record<ProviderDialect, string>>> = {
  'openai-chat': 'openai',
  'azure-openai': 'azure',
  anthropic: 'anthropic',
  gemini: 'google',
  mistral: 'mistral',
  cohere: 'cohere',
  bedrock: 'aws',
};

/** From the maintained tables of genai-prices; undefined when nobody knows, which is not zero. */
export function listTariff(
  url: string,
  dialect: ProviderDialect,
  model: string,
): Tariff | undefined {
  if (dialect === 'simulator') return { ...TOY_PRICE, source: 'toy', tiers: [] };
  const byAddress = lookUp(model, { providerApiUrl: url });
  if (byAddress !== undefined) return { ...byAddress, source: 'list' };
  const providerId = vendors[dialect];
  const byModel = providerId === undefined ? undefined : lookUp(model, { providerId });
  return byModel === undefined ? undefined : { ...byModel, source: 'list-by-model' };
}

export function configuredTariff(price: PriceConfig): Tariff {
  return { ...price, source: 'config', tiers: [] };
}

type Where = { readonly providerApiUrl: string } | { readonly providerId: string };

function lookUp(model: string, where: Where): Omit<Tariff, 'source'> | undefined {
  let prices: ModelPrice | undefined;
  try {
    prices = calcPrice({ input_tokens: 0 }, model, where)?.model_price;
  } catch {
    return undefined;
  }
  if (prices?.['input_mtok'] === undefined) return undefined;
  const found = prices;
  const starts = new Set<number>();
  for (const price of Object.values(found)) {
    if (typeof price === 'object') for (const { start } of price.tiers) starts.add(start);
  }
  const tiers = [...starts]
    .toSorted((a, b) => a - b)
    .map((above) => ({ above, ...priceAt(found, above + 1) }));
  return { ...priceAt(found, 0), tiers };
}

function priceAt(prices: ModelPrice, inputTokens: number): PriceConfig {
  const at = (name: string): number | undefined => {
    const price = prices[name];
    if (typeof price !== 'object') return price;
    return price.tiers.findLast(({ start }) => inputTokens > start)?.price ?? price.base;
  };
  return {
    input: at('input_mtok') ?? 0,
    // Models that only read, such as those of embeddings, have none.
    output: at('output_mtok') ?? 0,
    cacheRead: at('cache_read_mtok'),
    cacheWrite: at('cache_write_mtok'),
  };
}

/** One figure to compare targets by: most calls read about three times what they write. */
export function blended(price: PriceConfig | undefined): number | undefined {
  return price === undefined ? undefined : (price.input * 3 + price.output) / 4;
}

/** Tokens that are paid for: what was told or estimated of one call. */
export type Tokens = Partial<Pick<Usage, 'cached' | 'cacheWritten'>> & {
  readonly input: number;
  readonly output: number;
};

/**
 * What tokens cost, in billionths of a US dollar. Rates are whole billionths of a millionth, so
 * nothing is lost to fractions that binary numbers cannot hold; the sum is rounded once.
 */
export function costOf(tariff: Tariff, tokens: Tokens): number {
  const price = tariff.tiers.findLast(({ above }) => tokens.input > above) ?? tariff;
  const read = Math.min(tokens.cached ?? 0, tokens.input);
  const written = Math.min(tokens.cacheWritten ?? 0, tokens.input - read);
  const parts =
    (tokens.input - read - written) * rate(price.input) +
    read * rate(price.cacheRead ?? price.input) +
    written * rate(price.cacheWrite ?? price.input) +
    tokens.output * rate(price.output);
  return Math.round(parts / 1000);
}

/** US dollars a million tokens are millionths of a dollar a token; told in billionths of those. */
const rate = (price: number): number => Math.round(price * 1_000_000);
