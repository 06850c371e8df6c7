import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodedIn, isReadable } from './encodings.ts';

const bytes = fc.oneof(
  fc.uint8Array({ minLength: 12, maxLength: 60 }),
  fc
    .string({
      unit: fc.constantFrom(...'text of several lines\n\t\r.'.split('')),
      minLength: 12,
      maxLength: 60,
    })
    .map((text) => Buffer.from(text)),
  fc.string({ unit: 'grapheme', minLength: 8, maxLength: 30 }).map((text) => Buffer.from(text)),
);

it.each(['base64', 'base64url', 'hex'] as const)(
  'a word in %s is one where it decodes to text',
  (encoding) => {
    let readable = 0;
    fc.assert(
      fc.property(bytes, fc.integer({ min: 0, max: 2 }), (said, cut) => {
        const word = Buffer.from(said)
          .toString(encoding)
          .slice(0, encoding === 'hex' ? undefined : -1 - cut);
        fc.pre(word.length >= 16 && !word.slice(0, -2).includes('='));
        const isPacked = Buffer.from(word, encoding).readUInt8(0) === 0x78;
        fc.pre(!isPacked);
        const isText = ['base64', 'hex'].some(
          (one) =>
            (one === 'base64' || /^(?:[0-9a-f]{2}){8,}$/.test(word)) &&
            isReadable(Buffer.from(word, one as 'hex').toString()),
        );
        if (isText) readable += 1;
        const found = encodedIn(` ${word} `, 0);
        expect(found.map(({ start, end }) => [start, end])).toEqual(
          isText ? [[1, word.length + 1]] : [],
        );
      }),
      { numRuns: 500 },
    );
    expect(readable).toBeGreaterThan(50);
  },
);
