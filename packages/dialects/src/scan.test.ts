import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { replaceModel, scanRequest } from './scan.ts';

const scan = (text: string) => scanRequest(Buffer.from(text));

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('scanRequest', () => {
  it('finds model and stream wherever they stand', () => {
    expect(scan('{"stream":true,"messages":[{"model":"no"}],"model":"chat"}')).toMatchObject({
      ok: true,
      model: 'chat',
      stream: true,
    });
  });

  it('counts the answers that are paid for: of each prompt, shown or not', () => {
    const choices = (text: string) => (scan(text) as { choices?: number }).choices;
    expect(choices('{"best_of":20,"n":2,"prompt":"a"}')).toBe(20);
    expect(choices('{"prompt":["a","b","c"]}')).toBe(3);
    expect(choices('{"n":2,"prompt":["a",["b"],"c"],"stop":["d","e"]}')).toBe(6);
    expect(choices('{"prompt":[[1,2,3],[4,5]],"best_of":2}')).toBe(4);
    expect(choices('{"prompt":[1,2,3]}')).toBeUndefined();
    expect(choices('{"prompt":["a"]}')).toBeUndefined();
  });

  it('finds them where Gemini, Ollama and Bedrock keep them, and nowhere else', () => {
    expect(
      scan('{"generationConfig":{"stopSequences":["x"],"candidateCount":2,"maxOutputTokens":70}}'),
    ).toMatchObject({ maxTokens: 70, choices: 2 });
    expect(scan('{"options":{"seed":1,"num_predict":71}}')).toMatchObject({ maxTokens: 71 });
    expect(scan('{"options":{"num_predict":-1}}')).toMatchObject({
      ok: true,
      maxTokens: undefined,
    });
    expect(scan('{"inferenceConfig":{"maxTokens":72}}')).toMatchObject({ maxTokens: 72 });
    expect(scan('{"inferenceConfig":{"a":{"maxTokens":9}},"b":{"maxTokens":9}}')).toMatchObject({
      ok: true,
      maxTokens: undefined,
    });
    expect(scan('{"inferenceConfig":{"maxTokens":7,"maxTokens":90}}')).toMatchObject({
      maxTokens: 90,
    });
  });

  it('sees what an answer needs beside text', () => {
    expect(scan('{"max_tokens":7,"x":{"max_tokens":9}}')).toMatchObject({ maxTokens: 7 });
    expect(scan('{"max_completion_tokens":8.5}')).toMatchObject({ maxTokens: 8.5 });
    expect(scan('{"max_tokens":5,"max_completion_tokens":8}')).toMatchObject({ maxTokens: 8 });
    expect(scan('{"max_tokens":null}')).toMatchObject({ ok: true, maxTokens: undefined });
    expect(scan('{"max_tokens":"many"}')).toMatchObject({ ok: true, maxTokens: undefined });
    expect(scan('{"n":3,"messages":[{"n":9}]}')).toMatchObject({ choices: 3 });
    expect(scan('{"tools":[{"a":1}],"response_format":{"type":"json"}}')).toMatchObject({
      hasTools: true,
      hasFormat: true,
    });
    expect(scan('{"output_config":{}}')).toMatchObject({ hasTools: false, hasFormat: true });
    expect(scan('{"messages":[{"tools":1,"response_format":2}]}')).toMatchObject({
      hasTools: false,
      hasFormat: false,
    });
  });

  it('sees data in long strings, and counts strings that are links', () => {
    const scanned = (value: object) => scanRequest(Buffer.from(JSON.stringify(value)));
    const base64 = 'A'.repeat(2000);
    expect(scanned({ a: ['x', base64] })).toMatchObject({ holdsData: true });
    expect(scanned({ a: `see ${base64}` })).toMatchObject({ holdsData: false });
    expect(scanned({ a: 'A'.repeat(500) })).toMatchObject({ holdsData: false });
    expect(
      scanned({ a: ['http://a', 'https://b', 'see http://c', 'htt'], http: 'h' }),
    ).toMatchObject({ links: 3 });
  });

  it('decodes escaped names and values as every JSON parser does', () => {
    expect(scan('{"mod\\u0065l":"ch\\u0061t"}')).toMatchObject({ model: 'chat' });
  });

  it.each([
    ['{"model":"a","model":"b"}', '"model" twice'],
    ['{"model":"a","mod\\u0065l":"b"}', '"model" twice'],
    ['{"stream":true,"stream":false}', '"stream" twice'],
    ['{"model":7}', 'expected a string for "model"'],
    ['{"model":["a"]}', 'expected a plain value for "model"'],
    ['{"stream":"true"}', 'expected true or false for "stream"'],
    ['[]', 'expected a JSON object, found an array'],
    ['"x"', 'expected a JSON object, found a string'],
    ['7', 'expected a JSON object'],
    ['', 'found nothing'],
    ['{"a":1', 'does not end'],
    ['{"a":"1', 'string that does not end'],
    ['{"a":1} x', 'more text after'],
    ['{"a":1}{"a":1}', 'more text after'],
    ['{"a":01}', 'not a JSON value'],
    ['{"a":tru}', 'not a JSON value'],
    ['{"a" 1}', 'expected'],
    ['{"a":1,}', 'expected'],
    ['{,}', 'expected'],
    ['{"a":[1}}', 'expected'],
    [`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`, 'nesting deeper than 64'],
  ])('refuses %.40s', (text, problem) => {
    const found = scan(text);
    expect(found).toMatchObject({ ok: false, problem: expect.stringContaining(problem) as string });
  });

  it('agrees with JSON.parse on every JSON object', () => {
    fc.assert(
      fc.property(
        fc.record(
          {
            model: fc.string({ unit: 'grapheme' }),
            stream: fc.boolean(),
            rest: fc.jsonValue({ maxDepth: 8 }),
          },
          { requiredKeys: [] },
        ),
        fc.constantFrom(0, 2),
        (value, indent) => {
          const found = scan(JSON.stringify(value, null, indent));
          expect(found).toMatchObject({
            ok: true,
            model: value.model,
            stream: value.stream === true,
          });
        },
      ),
    );
  });

  it('knows numbers, true, false and null as JSON.parse does, whatever stands behind them', () => {
    const letters = fc.constantFrom(...'0011299+-..eEtruefalsn ,'.split(''));
    fc.assert(
      fc.property(fc.string({ unit: letters, minLength: 1, maxLength: 9 }), (value) => {
        const text = `{"a":[${value}]}`;
        expect([text, scan(text).ok]).toEqual([text, parses(text)]);
      }),
      { numRuns: 5000, examples: [['-0.5e+10'], ['01'], ['1.'], ['nulll'], ['true1'], ['-']] },
    );
    expect([scan(`{"a":${'1'.repeat(64)}}`).ok, scan(`{"a":${'1'.repeat(65)}}`).ok]).toEqual([
      true,
      false,
    ]);
  });

  it('accepts nothing that JSON.parse refuses, but for control characters inside strings', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"model"',
      '1',
      '-',
      'true',
      'nul',
      ' ',
      '"',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const text = parts.join('');
        expect(scan(text).ok && !parses(text)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('replaceModel', () => {
  it('changes nothing but the name', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), fc.string(), (before, model, other) => {
        const body = Buffer.from(JSON.stringify({ before, model, after: before }, null, 1));
        const scanned = scanRequest(body);
        if (!scanned.ok) throw new TypeError(scanned.problem);
        const replaced = Buffer.concat(replaceModel(body, scanned, other)).toString();
        expect(replaced).toBe(JSON.stringify({ before, model: other, after: before }, null, 1));
      }),
    );
  });
});
