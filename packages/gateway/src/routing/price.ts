import { calcPrice } from '@pydantic/genai-prices';

/** US dollars for a million tokens. */
export interface Price {
  readonly input: number;
  readonly output: number;
}

const MILLION = 1_000_000;

/** The vendor's list price, from the maintained tables of genai-prices; undefined when it has none. */
export function listPrice(providerUrl: string, model: string): Price | undefined {
  const cost = (usage: { input_tokens?: number; output_tokens?: number }) =>
    calcPrice(usage, model, { providerApiUrl: providerUrl })?.total_price;
  try {
    const input = cost({ input_tokens: MILLION });
    const output = cost({ output_tokens: MILLION });
    return input === undefined || output === undefined ? undefined : { input, output };
  } catch {
    return undefined;
  }
}

/** One figure to compare targets by: most calls read about three times what they write. */
export function blended(price: Price | undefined): number | undefined {
  return price === undefined ? undefined : (price.input * 3 + price.output) / 4;
}
