export { convert, read, write } from './convert.ts';
export { FormatError, type FormatErrorCode } from './errors.ts';
export type {
  Format,
  FormatName,
  MessageType,
  ReadOptions,
  WriteOptions,
  Written,
} from './format.ts';
export { acceptedFormat, formatOf, formats } from './formats.ts';
export { Mapping, type MappingLimits } from './mapping/mapping.ts';
export { Decimal, type Limits, type Value, type ValueRecord } from './value.ts';
export { convertStream, isItemSource, isItemTarget } from './stream/convert-stream.ts';
export type { Body, ItemSource } from './stream/items.ts';
export type { ItemTarget } from './stream/writers.ts';
