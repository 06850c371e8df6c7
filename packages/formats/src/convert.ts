import type { FormatName, ReadOptions, WriteOptions, Written } from './format.ts';
import { formats } from './formats.ts';
import type { Value } from './value.ts';

/** @throws {FormatError} */
export const read = async (
  bytes: Uint8Array,
  from: FormatName,
  options: ReadOptions = {},
): Promise<Value> => formats[from].read(bytes, options);

/** @throws {FormatError} `not_expressible`, `no_descriptor` */
export const write = async (
  value: Value,
  to: FormatName,
  options: WriteOptions = {},
): Promise<Written> => formats[to].write(value, options);

/**
 * A whole document in another format, by way of its value; docs/formats.md says what cannot be kept.
 *
 * @throws {FormatError}
 */
export const convert = async (
  bytes: Uint8Array,
  from: FormatName,
  to: FormatName,
  options: ReadOptions & WriteOptions = {},
): Promise<Written> => write(await read(bytes, from, options), to, options);
