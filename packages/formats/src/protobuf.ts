import {
  createFileRegistry,
  type DescMessage,
  type FileRegistry,
  fromBinary,
  fromJson,
  type JsonValue,
  toBinary,
  toJson,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { FormatError } from './errors.ts';
import type { PromptFormat, MessageType } from './format.ts';
import { countParts } from './protobuf-parts.ts';
import { base64Of, checked, Decimal, isList, isRecord, timeOf, type Value } from './value.ts';

/** Protobuf by a descriptor, with ProtoJSON's idea of a value (https://protobuf.dev/programming-guides/json/). */
export const protobuf: PromptFormat = {
  name: 'protobuf',
  mediaTypes: ['application/protobuf', 'application/x-protobuf', 'application/vnd.google.protobuf'],
  read(bytes, options) {
    const { registry, schema } = typeOf(options.message);
    let value: unknown;
    try {
      countParts(bytes, schema, registry);
      value = toJson(schema, fromBinary(schema, bytes), { registry });
    } catch (cause) {
      if (cause instanceof FormatError) throw cause;
      throw new FormatError('unreadable', `it is no ${schema.typeName}`, { cause });
    }
    return checked(value, options);
  },
  write(value, options) {
    const { registry, schema } = typeOf(options.message);
    try {
      const message = fromJson(schema, jsonOf(value), { registry });
      return { bytes: toBinary(schema, message), contentType: 'application/protobuf' };
    } catch (cause) {
      if (cause instanceof FormatError) throw cause;
      const detail = `it does not fit ${schema.typeName}${placeIn(cause)}`;
      throw new FormatError('not_expressible', detail, { cause });
    }
  },
};

/** Where it does not, of what the library says: its reasons have values of the document. */
function placeIn(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : '';
  const [, place] = /^cannot decode (?:field|oneof) ([\w.]+) from JSON/.exec(message) ?? [];
  if (place !== undefined) return `, at ${place}`;
  return message.endsWith(' is unknown') ? ', which has no field for one of its keys' : '';
}

interface Known {
  readonly registry: FileRegistry;
  readonly schema: DescMessage;
}

/**
 * A message of a descriptor set, once it is known to be there.
 *
 * @throws {FormatError} `no_descriptor`
 */
export function messageType(descriptors: Uint8Array, name: string): MessageType {
  const message = { descriptors, name };
  typeOf(message);
  return message;
}

/** Reading descriptors takes longer than reading messages: each is read once. */
const read = new WeakMap<Uint8Array, FileRegistry>();

function typeOf(message: MessageType | undefined): Known {
  if (message === undefined) throw new FormatError('no_descriptor', 'none was given');
  const registry = read.get(message.descriptors) ?? registryOf(message.descriptors);
  read.set(message.descriptors, registry);
  const schema = registry.getMessage(message.name);
  if (schema !== undefined) return { registry, schema };
  throw new FormatError('no_descriptor', `the descriptors have no message ${message.name}`);
}

function registryOf(descriptors: Uint8Array): FileRegistry {
  try {
    return createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptors));
  } catch (cause) {
    throw new FormatError('no_descriptor', 'what was given is no FileDescriptorSet', { cause });
  }
}

/** Numbers of 64 bits, times and bytes are texts there. */
function jsonOf(value: Value): JsonValue {
  if (value instanceof Decimal || typeof value === 'bigint') return String(value);
  if (value instanceof Date) return timeOf(value);
  if (value instanceof Uint8Array) return base64Of(value);
  if (isList(value)) return value.map(jsonOf);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, jsonOf(item)]));
}
