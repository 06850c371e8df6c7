import { crc32 } from 'node:zlib';

/**
 * A message of `application/vnd.amazon.eventstream`
 * (https://smithy.io/2.0/aws/amazon-eventstream.html): lengths and their checksum, headers, the
 * payload, and a checksum of all of it.
 */
export function frameOf(headers: Readonly<Record<string, string>>, payload: string): Buffer {
  const head = Buffer.concat(Object.entries(headers).map(headerOf));
  const body = Buffer.from(payload);
  const frame = Buffer.alloc(16 + head.length + body.length);
  frame.writeUInt32BE(frame.length, 0);
  frame.writeUInt32BE(head.length, 4);
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8);
  head.copy(frame, 12);
  body.copy(frame, 12 + head.length);
  frame.writeUInt32BE(crc32(frame.subarray(0, -4)), frame.length - 4);
  return frame;
}

/** The type of a header whose value is text. */
const text = 7;

function headerOf([name, value]: readonly [string, string]): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(Buffer.byteLength(value));
  const named = Buffer.from(name);
  return Buffer.concat([
    Buffer.of(named.length),
    named,
    Buffer.of(text),
    length,
    Buffer.from(value),
  ]);
}

export const eventFrame = (type: string, payload: object): Buffer =>
  frameOf(
    { ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' },
    JSON.stringify(payload),
  );

export const exceptionFrame = (type: string, message: string): Buffer =>
  frameOf(
    { ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' },
    JSON.stringify({ message }),
  );
