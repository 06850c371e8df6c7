import { expect, it } from 'vitest';
import { exampleOf } from './example.ts';

it('makes something to begin with from a schema', () => {
  const properties = {
    text: { type: 'string' },
    most: { type: 'integer', minimum: 3 },
    language: { enum: ['English', 'German'] },
    tone: { type: 'string', default: 'plain' },
    tags: { type: 'array', items: { type: 'string' } },
    deep: { type: 'object', properties: { on: { type: 'boolean' } } },
    anything: {},
  };
  expect(exampleOf({ type: 'object', properties })).toEqual({
    text: 'text',
    most: 3,
    language: 'English',
    tone: 'plain',
    tags: [],
    deep: { on: false },
    anything: null,
  });
});
