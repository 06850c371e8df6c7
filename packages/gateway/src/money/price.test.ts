import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configuredTariff, costOf, listTariff, type Tariff } from './price.ts';
import { PriceList } from './price-list.ts';

const tokens = (input: number, output: number, cached = 0, cacheWritten = 0) => ({
  input,
  output,
  cached,
  cacheWritten,
});

describe('cost', () => {
  it('is whole billionths of a dollar, and exactly what a calculation without fractions gives', () => {
    const count = fc.integer({ min: 0, max: 10_000_000 });
    const price = fc.integer({ min: 0, max: 100_000_000 });
    fc.assert(
      fc.property(count, count, count, price, price, price, (input, output, read, a, b, c) => {
        const tariff = configuredTariff({ input: a / 1e6, output: b / 1e6, cacheRead: c / 1e6 });
        const cached = Math.min(read, input);
        const exact =
          BigInt(input - cached) * BigInt(a) +
          BigInt(cached) * BigInt(c) +
          BigInt(output) * BigInt(b);
        expect(BigInt(costOf(tariff, tokens(input, output, cached)))).toBe((exact + 500n) / 1000n);
      }),
      { numRuns: 10_000 },
    );
  });

  it('takes cached tokens for what they cost, and for input where nobody says', () => {
    const cheap = configuredTariff({ input: 1, output: 2, cacheRead: 0.1, cacheWrite: 1.25 });
    expect(costOf(cheap, tokens(100, 10, 40, 20))).toBe(40_000 + 4000 + 25_000 + 20_000);
    const plain = configuredTariff({ input: 1, output: 2 });
    expect(costOf(plain, tokens(100, 10, 40, 20))).toBe(120_000);
  });

  it('of a long prompt is the dearer one for the whole call', () => {
    const tariff = listTariff(
      'https://generativelanguage.googleapis.com',
      'gemini',
      'gemini-2.5-pro',
    );
    expect(tariff?.tiers).toMatchObject([{ above: 200_000, input: 2.5, output: 15 }]);
    expect(costOf(tariff as Tariff, tokens(200_000, 1))).toBe(200_000 * 1250 + 10_000);
    expect(costOf(tariff as Tariff, tokens(200_001, 1))).toBe(200_001 * 2500 + 15_000);
  });
});

describe('prices', () => {
  const list = (rest: object, url = 'http://127.0.0.1:9/v1') =>
    new PriceList(
      { name: 'p', dialect: 'openai-chat', credentials: [], private: true, ...rest } as never,
      url,
    );

  it('come from the configuration, then by address, then by the vendor of the dialect', () => {
    const own = list({
      prices: { 'gpt-4.1-mini': { input: 9, output: 9 }, '*': { input: 1, output: 1 } },
    });
    expect(own.of('gpt-4.1-mini')).toMatchObject({ input: 9, source: 'config' });
    expect(own.of('anything')).toMatchObject({ input: 1, source: 'config' });
    expect(own.of('constructor')).toMatchObject({ input: 1, source: 'config' });
    expect(list({}, 'https://api.openai.com/v1').of('gpt-4.1-mini')).toMatchObject({
      source: 'list',
    });
    expect(list({}).of('gpt-4.1-mini')).toMatchObject({ input: 0.4, source: 'list-by-model' });
    expect(list({ dialect: 'simulator' }).of('toy-1')).toMatchObject({ source: 'toy' });
  });

  it('that nobody knows are unknown, not zero', () => {
    expect(list({}).of('nobody-knows')).toBeUndefined();
    expect(list({ dialect: 'ollama' }).of('gpt-4.1-mini')).toBeUndefined();
  });
});
