import { performance } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { parseJson, stringifyJson } from '../json.ts';
import { Mapping } from './mapping.ts';

describe('a mapping', () => {
  it('makes one document of another', async () => {
    const order = {
      lines: [
        { sku: 'a', n: 2, each: 3 },
        { sku: 'b', n: 1, each: 5 },
      ],
    };
    const mapping = new Mapping(
      '{ "total": $sum(lines.(n * each)), "skus": lines.sku, "for": $query.who }',
    );
    expect(await mapping.apply(order, { query: { who: 'me' } })).toEqual({
      total: 11,
      skus: ['a', 'b'],
      for: 'me',
    });
    expect(await mapping.apply(null)).toEqual({});
    expect(await new Mapping('nothing').apply({})).toBeNull();
  });

  it('keeps the digits of what it passes on', async () => {
    const text = '{"id":12345678901234567890,"price":0.10000000000000000001}';
    const made = await new Mapping('{ "id": id, "price": price }').apply(parseJson(text, {}));
    expect(stringifyJson(made)).toBe(text);
  });

  it('has regular expressions, with their groups and flags', async () => {
    const mapping = new Mapping(
      '{ "year": $match(at, /(\\d+)-(\\d+)/).groups[0], "low": $contains(at, /T/i), "all": $replace(at, /[^0-9]/, "") }',
    );
    expect(await mapping.apply({ at: '2026-11t' })).toEqual({
      year: '2026',
      low: true,
      all: '202611',
    });
  });

  it('whose regular expression would run for years is done at once', async () => {
    const mapping = new Mapping('$contains(text, /^(a+)+$/)');
    const started = performance.now();
    expect(await mapping.apply({ text: `${'a'.repeat(50_000)}!` })).toBe(false);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it.each([
    ['{ "a": ', 'JSONata says S'],
    ['$contains(text, /(?=a)/)', 'a regular expression is not linear'],
    ['$contains(text, /(a)\\1/)', 'a regular expression is not linear'],
  ])('is refused when it is read: %s', (text, message) => {
    expect(() => new Mapping(text)).toThrow(message);
  });

  it('finds what is distinct as JSONata does, and a hundred thousand of them', async () => {
    const of = (text: string) => new Mapping(text).apply({ a: [1, 1], b: [{ c: [1], d: 2 }] });
    expect(await of('$distinct([1, "1", 1, null, true, null, "true"])')).toEqual([
      1,
      '1',
      null,
      true,
      'true',
    ]);
    expect(
      await of('$distinct([{ "c": [1], "d": 2 }, { "d": 2, "c": [1] }, [1, 2], [2, 1]])'),
    ).toEqual([{ c: [1], d: 2 }, [1, 2], [2, 1]]);
    expect(await of('[$distinct(a), $distinct(b.c), $count($distinct(nothing))]')).toEqual([
      1, 1, 0,
    ]);
    expect(await of('$distinct("one")')).toBe('one');
    expect(await of('$count($distinct([1..100000]))')).toBe(100_000);
  });

  it.each([
    ['mapping_failed', 'name + 1'],
    ['mapping_failed', '$unknown(1)'],
    ['mapping_failed', 'function($x) { $x }'],
    ['mapping_limit', '($f := function($x) { $f($x + 1) }; $f(1))'],
    ['mapping_limit', '($f := function($n) { $n > 0 ? $f($n - 1) + $f($n - 1) : 1 }; $f(40))'],
    ['mapping_limit', '[1..9999999]'],
    ['mapping_limit', '$pad("x", 1000000000)'],
    ['mapping_limit', '$reduce([1..40], function($s, $_) { $s & $s }, "x")'],
    ['mapping_limit', '$reduce([1..24], function($s, $_) { $s & $s }, "x")'],
    // The same record in itself, over and over: 2 ** 40 of them, if somebody wrote them all.
    [
      'mapping_limit',
      '($f := function($v, $n) { $n = 0 ? $v : $f({ "a": $v, "b": $v }, $n - 1) }; $f(1, 40))',
    ],
    // One step of JSONata's, and four million of a regular expression's.
    ['mapping_limit', '$count($match($reduce([1..22], function($s, $_) { $s & $s }, "x"), /x/))'],
    ['mapping_limit', '$count($split($reduce([1..22], function($s, $_) { $s & $s }, "x"), /x/))'],
    // It would run without limits, and with regular expressions that take years.
    ['mapping_failed', '$eval("1")'],
    ['mapping_failed', '($s := "$eval($s)"; $eval($s))'],
    ['forbidden_key', '{ "__proto__": { "polluted": true } }'],
  ])('ends as %s: %s', async (code, text) => {
    await expect(new Mapping(text).apply({ name: 'secret' })).rejects.toMatchObject({ code });
    expect(({} as { readonly polluted?: unknown }).polluted).toBeUndefined();
  });

  it('names no value of the document in what it says of a failure', async () => {
    await expect(new Mapping('name + 1').apply({ name: 'secret' })).rejects.not.toThrow('secret');
  });
});
