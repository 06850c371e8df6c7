import { component, worstOf } from './component.ts';
import { first, type Page } from './page.ts';
import { malformed, reader, type Reader, type Statement } from './reader.ts';
import type { Component } from './told.ts';
import { statusWord } from './words.ts';

const statuses = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];

/** grpc/status.h: what a call that was not answered says of the one who was asked. */
const codes: Readonly<Record<string, string>> = {
  '4': 'timeout',
  '5': 'service_unknown',
  '8': 'too_many',
  '12': 'not_implemented',
  '14': 'unavailable',
  '16': 'credentials_refused',
};

/**
 * The answers of `grpc.health.v1.Health`, as bytes: one frame of Check, the frames of a Watch (the
 * newest counts), a List; or a message without its frame
 * (https://github.com/grpc/grpc/blob/master/doc/health-checking.md). Trailers are read among the
 * headers.
 */
export const grpc: Reader = reader(
  'grpc',
  ({ type, headers }) =>
    type.startsWith('application/grpc') || headers['grpc-status'] !== undefined,
  (page) => {
    const code = first(page.headers['grpc-status']) ?? '0';
    // A service that is not known, and a method that is not: neither says that anything is down.
    if (code === '5' || code === '12') return { status: 'unknown', reason: codes[code] ?? code };
    if (code !== '0') return { status: 'fail', reason: codes[code] ?? `grpc_${Number(code) || 2}` };
    const message = newest(page);
    if (message === undefined) return malformed;
    try {
      return statement(message);
    } catch (error) {
      if (error instanceof RangeError) return malformed;
      throw error;
    }
  },
);

/** The message of the last whole frame; undefined when there is none or it is compressed. */
function newest({ bytes, text }: Page): Uint8Array | undefined {
  const all = bytes ?? new TextEncoder().encode(text);
  const view = new DataView(all.buffer, all.byteOffset, all.byteLength);
  let message: Uint8Array | undefined;
  let at = 0;
  while (at + 5 <= all.length && all[at] === 0) {
    const end = at + 5 + view.getUint32(at + 1);
    if (end > all.length) break;
    message = all.subarray(at + 5, end);
    at = end;
  }
  if (message !== undefined) return message;
  const isBare = all[0] === 0x08 || all[0] === 0x0a;
  return isBare ? all : undefined;
}

function statement(message: Uint8Array): Statement {
  const components: Component[] = [];
  let status = 0;
  for (const { number, value } of fieldsOf(message)) {
    if (number !== 1) continue;
    if (typeof value === 'number') status = value;
    else if (components.length < 1_000) components.push(entry(value));
  }
  const worst = worstOf(components);
  if (worst !== undefined) return { ...worst, components };
  const said = statuses[status];
  return { ...statusWord(said), said };
}

/** Of the map of a HealthListResponse: a name and a HealthCheckResponse. */
function entry(bytes: Uint8Array): Component {
  let name = '';
  let status = 0;
  for (const { number, value } of fieldsOf(bytes)) {
    if (typeof value === 'number') continue;
    if (number === 1) name = new TextDecoder().decode(value);
    if (number === 2)
      for (const inner of fieldsOf(value))
        if (inner.number === 1 && typeof inner.value === 'number') status = inner.value;
  }
  const said = statuses[status];
  return component(name, statusWord(said), { said });
}

interface Field {
  readonly number: number;
  readonly value: number | Uint8Array;
}

/** The fields of a protobuf message. Throws `RangeError` where it is none. */
function* fieldsOf(message: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 10; shift += 1) {
      const byte = message[at];
      if (byte === undefined) throw new RangeError('The message ends within a number.');
      at += 1;
      value += (byte & 0x7f) * 2 ** (7 * shift);
      if (byte < 0x80) return value;
    }
    throw new RangeError('A number of more than ten bytes.');
  };
  const take = (length: number): Uint8Array => {
    if (at + length > message.length) throw new RangeError('The message ends within a field.');
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    const wire = tag % 8;
    if (wire === 0) yield { number, value: varint() };
    else if (wire === 1) yield { number, value: take(8) };
    else if (wire === 2) yield { number, value: take(varint()) };
    else if (wire === 5) yield { number, value: take(4) };
    else throw new RangeError('A field of no known kind.');
  }
}
