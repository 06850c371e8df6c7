export { convert, read, write } from './convert.ts';
export { messageType } from './protobuf.ts';
export { FormatError, type FormatErrorCode } from './errors.ts';
export type {
  Format,
  FormatName,
  MessageType,
  PromptFormat,
  ReadOptions,
  WriteOptions,
  Written,
} from './format.ts';
export { acceptedFormat, formatOf, formats } from './formats.ts';
export { Mapping, type MappingLimits } from './mapping/mapping.ts';
export { Template } from './template.ts';
export { Decimal, isRecord, type Limits, type Value, type ValueRecord } from './value.ts';
export {
  convertStream,
  isItemSource,
  isItemTarget,
  readList,
  type StreamOptions,
} from './stream/convert-stream.ts';
export type { Body, ItemSource } from './stream/items.ts';
export { typeOfList, type ItemTarget } from './stream/writers.ts';
