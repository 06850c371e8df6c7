import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from './random.ts';
import { sample } from './sample.ts';
import { phrase } from './trigram.ts';

const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);

function draw(schema: unknown, seed: number): unknown {
  const random = new Random(seed);
  return sample(schema, random, () => phrase(random, 2));
}

function problems(schema: object, value: unknown): unknown {
  return ajv.validate(schema, value) ? undefined : { value, errors: ajv.errors };
}

const bound = fc.integer({ min: -50, max: 50 });
const numbers = fc
  .record({ type: fc.constantFrom('integer', 'number'), from: bound, width: fc.nat(40) })
  .chain(({ type, from, width }) =>
    fc.constantFrom(
      { type },
      { type, minimum: from, maximum: from + width },
      { type, minimum: from },
      { type, maximum: from },
      { type, exclusiveMinimum: from, exclusiveMaximum: from + width + 2 },
      { type, minimum: from, maximum: from + width + 5, multipleOf: 5 },
    ),
  );
const strings = fc.oneof(
  fc.constant({ type: 'string' }),
  fc.record({ type: fc.constant('string'), minLength: fc.nat(60) }),
  fc.record({ type: fc.constant('string'), maxLength: fc.nat(60) }),
  fc.record({
    type: fc.constant('string'),
    format: fc.constantFrom(
      'date-time',
      'date',
      'time',
      'duration',
      'email',
      'hostname',
      'ipv4',
      'ipv6',
      'uri',
      'uuid',
    ),
  }),
  fc.constant({ type: 'string', pattern: '^[A-Z]{2}-\\d{3,5}$', minLength: 7, maxLength: 7 }),
);
const plain = fc.oneof(
  numbers,
  strings,
  fc.constant({ type: 'boolean' }),
  fc.constant({ type: 'null' }),
  fc.constant({ type: ['null', 'integer'] }),
  fc.constant({ const: { a: [1] } }),
  fc.constant({ enum: ['red', 3, null] }),
  fc.constant({ $ref: '#/$defs/word' }),
  fc.constant({}),
);
const { schema: anySchema } = fc.letrec<{ schema: object; object: object }>((tie) => ({
  object: fc
    .record({
      properties: fc.dictionary(fc.constantFrom('a', 'b', 'title', 'type'), tie('schema'), {
        maxKeys: 3,
      }),
      isStrict: fc.boolean(),
    })
    .map(({ properties, isStrict }) => ({
      type: 'object',
      properties,
      required: Object.keys(properties),
      ...(isStrict && { additionalProperties: false }),
    })),
  schema: fc.oneof(
    { maxDepth: 4 },
    plain,
    tie('object'),
    fc.record({
      type: fc.constant('array'),
      items: tie('schema'),
      minItems: fc.nat(2),
      maxItems: fc.integer({ min: 2, max: 4 }),
    }),
    fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ allOf: fc.tuple(tie('object')) }),
  ),
}));

describe('sample', () => {
  it('satisfies schemas of every make', () => {
    fc.assert(
      fc.property(anySchema, fc.nat(), (schema, seed) => {
        const rooted = { ...schema, $defs: { word: { type: 'string', minLength: 3 } } };
        expect(problems(rooted, draw(rooted, seed))).toBeUndefined();
      }),
      { numRuns: 400 },
    );
  });

  it.each([
    { type: 'array', items: { enum: ['a', 'b', 'c'] }, minItems: 3, uniqueItems: true },
    { type: 'array', prefixItems: [{ const: 1 }, { type: 'string' }], minItems: 2, items: false },
    { type: 'object', minProperties: 2, additionalProperties: { type: 'integer' } },
    { type: 'object', required: ['x'], additionalProperties: { type: 'number', minimum: 3 } },
    { oneOf: [{ type: 'null' }, { type: 'integer', minimum: 4 }] },
    { properties: { a: { type: 'integer' } }, required: ['a'] },
    { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 0.001 },
    { type: 'integer', multipleOf: 7, exclusiveMinimum: 14, exclusiveMaximum: 28 },
    {
      allOf: [
        { type: 'object', properties: { a: { const: 1 } }, required: ['a'] },
        { type: 'object', properties: { b: { const: 2 } }, required: ['b'] },
      ],
    },
  ])('satisfies %j', (schema) => {
    expect(problems(schema, draw(schema, 1))).toBeUndefined();
  });

  it('ends where a schema contains itself', () => {
    const tree = {
      $defs: {
        node: {
          type: 'object',
          properties: {
            name: { type: 'string' },
            children: { type: 'array', items: { $ref: '#/$defs/node' } },
            next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] },
          },
          required: ['name', 'children', 'next'],
        },
      },
      $ref: '#/$defs/node',
    };
    expect(problems(tree, draw(tree, 1))).toBeUndefined();
  });

  it.each([
    { $ref: '#' },
    { allOf: [{ $ref: '#' }] },
    { anyOf: [{ $ref: '#' }] },
    { type: 'object', properties: { a: { $ref: '#' } }, required: ['a'] },
    { type: 'array', items: { type: 'array', minItems: 1e9 }, minItems: 1e9 },
    { type: 'string', minLength: 1e9 },
    { type: 'string', pattern: '((a{999}){999}){999}' },
    { $ref: '#/nowhere' },
    { type: 'nonsense' },
    { enum: [] },
  ])('comes to an end with %j', (schema) => {
    const text = JSON.stringify(draw(schema, 1)) ?? '';
    expect(text.length).toBeLessThan(1_000_000);
  });

  it('takes the words it is given for free text', () => {
    const schema = { type: 'object', properties: { city: { type: 'string' } } };
    expect(sample(schema, new Random(1), () => 'Paris')).toEqual({ city: 'Paris' });
  });
});
