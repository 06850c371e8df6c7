import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endOfLastFrame, type Frame, frame, FrameReader } from './frames.ts';

/** AWS's own example "int32 header": a header of a type that is skipped, and a payload. */
const int32 = Buffer.from(
  '0000002d0000001041c424b80a6576656e742d74797065040000a00c7b27666f6f273a27626172277d36f480a0',
  'hex',
);

function read(pieces: readonly Buffer[]): (Frame | undefined)[] {
  const reader = new FrameReader();
  return pieces.flatMap((piece) => [...reader.push(piece)]);
}

describe('frames', () => {
  it('are read as AWS writes them', () => {
    const [only, ...others] = read([int32]);
    expect(others).toEqual([]);
    expect(only?.payload.toString()).toBe("{'foo':'bar'}");
    expect([...(only?.headers ?? [])]).toEqual([]);
  });

  it('are read as they were written, wherever they are cut', () => {
    const headers = { ':message-type': 'event', ':event-type': 'Grüße' };
    const bytes = Buffer.concat([frame(headers, '{"a":"👋"}'), int32, frame({}, '')]);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const frames = read([bytes.subarray(0, cut), bytes.subarray(cut)]);
      expect(frames.map((one) => one?.payload.toString())).toEqual([
        '{"a":"👋"}',
        "{'foo':'bar'}",
        '',
      ]);
      expect(Object.fromEntries(frames[0]?.headers ?? [])).toEqual(headers);
    }
    expect(read([...bytes].map((byte) => Buffer.of(byte)))).toHaveLength(3);
  });

  it('are damaged by any byte that changes, and nothing is read after', () => {
    const whole = frame({ ':event-type': 'x' }, '{"a":1}');
    for (let at = 0; at < whole.length; at += 1) {
      const bytes = Buffer.concat([whole, frame({}, '')]);
      bytes[at] = (bytes[at] as number) ^ 0x01;
      expect(read([bytes]).filter((one) => one !== undefined)).toEqual([]);
    }
  });

  it('take headers of every type, and break on none', () => {
    const values = [
      [0, ''],
      [1, ''],
      [2, '01'],
      [3, '0102'],
      [4, '01020304'],
      [5, '0102030405060708'],
      [6, '0002ffff'],
      [8, '0102030405060708'],
      [9, '01020304050607080910111213141516'],
    ] as const;
    for (const [type, hex] of values) {
      const value = Buffer.from(hex, 'hex');
      const name = Buffer.from([1, 0x78, type]);
      const last = Buffer.concat([Buffer.of(1, 0x79, 7, 0, 1), Buffer.from('z')]);
      const bytes = rebuilt(Buffer.concat([name, value, last]), 'p');
      expect([...(read([bytes])[0]?.headers ?? [])]).toEqual([['y', 'z']]);
    }
    for (const broken of ['01', '0178', '01780a', '017807', '01780700', '0178070005aa']) {
      expect(read([rebuilt(Buffer.from(broken, 'hex'), 'p')])).toEqual([undefined]);
    }
  });

  it('are refused when no vendor would send them', () => {
    const huge = Buffer.from(frame({}, ''));
    huge.writeUInt32BE(0x7fffffff, 0);
    expect(read([huge])).toEqual([undefined]);
  });

  it('never throw', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (pieces) => {
        const frames = read(pieces.map((piece) => Buffer.from(piece)));
        expect(frames.filter((one) => one !== undefined)).toEqual([]);
      }),
    );
  });

  it('end where the last whole one ends', () => {
    const one = frame({}, '{}');
    expect(endOfLastFrame(Buffer.concat([one, one, one.subarray(0, 15)]))).toBe(2 * one.length);
    expect(endOfLastFrame(one.subarray(0, 13))).toBe(0);
    expect(endOfLastFrame(Buffer.alloc(20))).toBe(0);
  });
});

/** A frame around headers that are bytes already. */
function rebuilt(headers: Buffer, payload: string): Buffer {
  const all = Buffer.alloc(16 + headers.length + payload.length);
  all.writeUInt32BE(all.length, 0);
  all.writeUInt32BE(headers.length, 4);
  all.writeUInt32BE(crc(all.subarray(0, 8)), 8);
  headers.copy(all, 12);
  all.write(payload, 12 + headers.length);
  all.writeUInt32BE(crc(all.subarray(0, all.length - 4)), all.length - 4);
  return all;
}

/** CRC-32 bit by bit (ISO 3309), apart from the one under test. */
function crc(bytes: Buffer): number {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return (sum ^ 0xffffffff) >>> 0;
}
