import type { ProviderConfig } from '@vitalgate/contract';
import { configuredTariff, listTariff, type Tariff } from './price.ts';

/** Models remembered per provider. */
const MAX_MODELS = 1000;

/** What the models of one provider cost. A look at the vendors' lists takes too long for each call. */
export class PriceList {
  readonly #config: ProviderConfig;
  readonly #url: string;
  readonly #known = new Map<string, Tariff | undefined>();

  constructor(config: ProviderConfig, url: string) {
    this.#config = config;
    this.#url = url;
  }

  /** Undefined when nobody knows, which is not zero. */
  of(model: string): Tariff | undefined {
    if (this.#known.has(model)) return this.#known.get(model);
    const { prices = {}, dialect } = this.#config;
    const own = Object.hasOwn(prices, model) ? prices[model] : prices['*'];
    const tariff =
      own === undefined ? listTariff(this.#url, dialect, model) : configuredTariff(own);
    // Any model may be asked for as provider/model, so callers decide how many there are.
    if (this.#known.size >= MAX_MODELS) this.#known.clear();
    this.#known.set(model, tariff);
    return tariff;
  }
}
