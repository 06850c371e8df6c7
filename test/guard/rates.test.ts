import { readConfig } from '@vitalgate/contract';
import { describe, expect, it } from 'vitest';
import { buildGuardrail } from '../../packages/gateway/src/guard/build.ts';
import { Scanner } from '../../packages/gateway/src/guard/scanner.ts';
import { Search } from '../../packages/gateway/src/guard/search.ts';
import {
  attack,
  card,
  Dice,
  email,
  iban,
  lookAlike,
  nationalId,
  phone,
  prompt,
  secret,
} from './corpus.ts';
import { commandAttack, parameter, sqlAttack, xssAttack } from './parameters.ts';

/** How good detectors are, on texts made from a seed. docs/guardrails.md has what this prints. */

function searchFor(...detect: readonly string[]): Search {
  const read = readConfig({ version: 1, guardrails: [{ name: 'g', detect, action: 'flag' }] });
  if (!('config' in read)) throw new TypeError(JSON.stringify(read.mistakes));
  return new Search(read.config.guardrails.map((one) => buildGuardrail(one)));
}

/** The texts in which anything was found. */
function hitsIn(search: Search, texts: Iterable<string>): { hits: string[]; of: number } {
  const hits: string[] = [];
  let of = 0;
  for (const text of texts) {
    of += 1;
    const { hits: found } = new Scanner(search, 'text').push(text, true);
    if (found.length > 0) hits.push(`${found[0]?.kind}: ${text}`);
  }
  return { hits, of };
}

function* many(times: number, make: (dice: Dice) => string, seed = 1): Generator<string> {
  const dice = new Dice(seed);
  for (let i = 0; i < times; i += 1) yield make(dice);
}

const sentence = (thing: (dice: Dice) => string) => (dice: Dice) =>
  dice.one([
    (value: string) => `Please note ${value}, thank you.`,
    (value: string) => `It is ${value}`,
    (value: string) => `(${value})`,
    (value: string) => `"value": "${value}"`,
  ])(thing(dice));

/** Some of the finds, where they are more than may be. */
const tooMany = (hits: readonly string[], of: number, most: number): readonly string[] =>
  hits.length / of > most ? hits.slice(0, 20) : [];

const table: string[] = [];
const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(2)} %`;

describe('MG2 personal data', () => {
  it.each([
    ['card', card],
    ['iban', iban],
    ['email', email],
    ['phone', phone],
    ['national-id', nationalId],
  ] as const)('%s: at least 99 in 100 are found', (name, make) => {
    const { hits, of } = hitsIn(searchFor(name), many(5000, sentence(make)));
    table.push(`${name}: recall ${percent(hits.length, of)}`);
    expect(hits.length / of).toBeGreaterThanOrEqual(0.99);
  });

  it('at most 1 look-alike in 1,000 is taken for one', () => {
    const { hits, of } = hitsIn(searchFor('pii'), many(20_000, sentence(lookAlike)));
    table.push(`pii: false positives on look-alikes ${percent(hits.length, of)}`);
    expect(tooMany(hits, of, 0.001)).toEqual([]);
  });
});

describe('MG3 secrets', () => {
  it('at least 98 in 100 are found', () => {
    const { hits, of } = hitsIn(searchFor('secrets'), many(5000, sentence(secret)));
    table.push(`secrets: recall ${percent(hits.length, of)}`);
    expect(hits.length / of).toBeGreaterThanOrEqual(0.98);
  });

  it('at most 1 in 10,000 ordinary prompts has one', () => {
    const { hits, of } = hitsIn(searchFor('secrets'), many(20_000, prompt));
    table.push(`secrets: false positives on prompts ${percent(hits.length, of)}`);
    expect(tooMany(hits, of, 0.0001)).toEqual([]);
  });
});

describe('B02 attacks in parameters', () => {
  it.each([
    ['sql', sqlAttack],
    ['command', commandAttack],
    ['xss', xssAttack],
  ] as const)('%s: nearly all are found, and hardly anything else', (name, make) => {
    const search = searchFor(name);
    const found = hitsIn(search, many(5000, make));
    const taken = hitsIn(search, many(20_000, parameter, 2));
    table.push(`${name}: found of attacks ${percent(found.hits.length, found.of)}`);
    table.push(`${name}: false positives on parameters ${percent(taken.hits.length, taken.of)}`);
    expect(found.hits.length / found.of).toBeGreaterThanOrEqual(0.97);
    expect(tooMany(taken.hits, taken.of, 0.001)).toEqual([]);
  });
});

describe('MG6 G08 ordinary prompts and attacks', () => {
  it.each([
    ['pii', 0.005],
    ['invisible', 0.0001],
    ['encoded', 0.005],
    ['injection', 0.01],
  ] as const)('%s: false positives on ordinary prompts at most %d', (name, most) => {
    const { hits, of } = hitsIn(searchFor(name), many(20_000, prompt));
    table.push(`${name}: false positives on prompts ${percent(hits.length, of)}`);
    expect(tooMany(hits, of, most)).toEqual([]);
  });

  it('injection: how many attacks are signalled is told, and no promise', () => {
    const { hits, of } = hitsIn(searchFor('injection'), many(5000, attack));
    table.push(`injection: signalled of attacks ${percent(hits.length, of)}`);
    expect(hits.length).toBeGreaterThan(0);
    process.stdout.write(`\n${table.join('\n')}\n`);
  });
});
