import fc from 'fast-check';
import { expect, it } from 'vitest';
import { chat, stampedChunk } from '../../bench/payloads.ts';
import { monotonicMicros, StampReader, stampText } from '../../bench/stamp.ts';

function stampsIn(pieces: readonly Buffer[]): number[] {
  const reader = new StampReader();
  const found: number[] = [];
  for (const piece of pieces) reader.read(piece, 0, piece.length, (micros) => found.push(micros));
  return found;
}

it('is found wherever the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { minLength: 1, maxLength: 5 }), fc.nat(), (stamps, cut) => {
      const bytes = Buffer.concat(stamps.map((micros) => stampedChunk(chat, micros)));
      const at = cut % bytes.length;
      expect(stampsIn([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(stamps);
    }),
  );
});

it('is as long for an early moment as for a late one', () => {
  expect(stampText(7)).toHaveLength(stampText(999_999_999_999.4).length);
});

it('reads only the bytes it is lent', () => {
  const text = Buffer.from(`${stampText(5)}${stampText(6)}`);
  const found: number[] = [];
  new StampReader().read(text, stampText(5).length, text.length, (micros) => found.push(micros));
  expect(found).toEqual([6]);
});

it('never runs backwards', () => {
  const before = monotonicMicros();
  expect(monotonicMicros()).toBeGreaterThanOrEqual(before);
});
