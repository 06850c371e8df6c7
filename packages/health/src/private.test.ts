import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Private } from './private.ts';

const secret = 'postgres://shop:hunter2@db.internal/shop';

test('no usual way of writing a value writes a private one', () => {
  const hidden = new Private(secret);
  const written = [
    JSON.stringify({ hidden }),
    String(hidden),
    'in a sentence: '.concat(hidden.toString()),
    inspect({ hidden }, { depth: 9, showHidden: true }),
    JSON.stringify(Object.entries(hidden)),
    JSON.stringify(Object.assign({}, hidden)),
    JSON.stringify(structuredClone(hidden)),
  ].join(' ');
  expect(written).not.toContain('hunter2');
  expect(hidden.reveal()).toBe(secret);
});
