import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameOf, MessageReader, TEXT } from './frames.ts';

/** Cuts bytes into pieces, wherever. */
function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const places = [0, ...at.map((place) => place % (bytes.length + 1)), bytes.length];
  const sorted = places.toSorted((a, b) => a - b);
  return sorted.slice(1).map((end, i) => bytes.subarray(sorted[i], end));
}

const lengths = fc.oneof(fc.nat(200), fc.constantFrom(125, 126, 127, 65_535, 65_536, 70_000));

describe('messages in frames', () => {
  it('are read as they were written, however they come', () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.array(fc.tuple(fc.constantFrom(1, 2), lengths, fc.nat(255)), { maxLength: 4 }),
        fc.array(fc.nat(), { maxLength: 8 }),
        (isMasked, said, places) => {
          const wanted = said.map(
            ([opcode, length, fill]) => [opcode, Buffer.alloc(length, fill)] as const,
          );
          const bytes = Buffer.concat(
            wanted.map(([opcode, payload]) => frameOf(opcode, payload, isMasked)),
          );
          const reader = new MessageReader(isMasked, 100_000);
          const read = cut(bytes, places).flatMap((chunk) => [...reader.push(chunk)]);
          expect(read.map(({ opcode, payload }) => [opcode, payload])).toEqual(wanted);
          // What was not changed passes in the bytes in which it came.
          expect(Buffer.concat(read.map(({ raw }) => raw ?? Buffer.alloc(0)))).toEqual(bytes);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('are no longer than is allowed, told by their heads alone', () => {
    const head = frameOf(TEXT, Buffer.alloc(70_000), true).subarray(0, 14);
    const reader = new MessageReader(true, 69_999);
    expect(() => [...reader.push(head)]).toThrow(expect.objectContaining({ code: 1009 }) as Error);
    const huge = Buffer.from([0x82, 0x7f, 255, 255, 255, 255, 255, 255, 255, 255]);
    expect(() => [...new MessageReader(false, 10).push(huge)]).toThrow(
      expect.objectContaining({ code: 1009 }) as Error,
    );
  });
});
