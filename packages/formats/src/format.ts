import type { Limits, Value } from './value.ts';

export type FormatName =
  | 'json'
  | 'xml'
  | 'yaml'
  | 'csv'
  | 'tsv'
  | 'ndjson'
  | 'form'
  | 'multipart'
  | 'msgpack'
  | 'cbor'
  | 'protobuf';

/** One format, both ways. */
export interface Format {
  readonly name: FormatName;
  /** The registered type first, then what else it goes by. */
  readonly mediaTypes: readonly [string, ...string[]];
  /** @throws {FormatError} `unreadable`, `too_deep`, `forbidden_key`, `doctype`, `alias_bomb` */
  read(bytes: Uint8Array, options: ReadOptions): Value | Promise<Value>;
  /** @throws {FormatError} `not_expressible` */
  write(value: Value, options: WriteOptions): Written | Promise<Written>;
}

/** One that is read and written without waiting. */
export interface PromptFormat extends Format {
  read(bytes: Uint8Array, options: ReadOptions): Value;
  write(value: Value, options: WriteOptions): Written;
}

export interface Written {
  readonly bytes: Uint8Array;
  /** With what belongs to it: `text/csv; charset=utf-8; header=present`. */
  readonly contentType: string;
}

export interface ReadOptions extends Limits {
  /** As it came, for its parameters (`charset`, `boundary`, `header`). */
  readonly contentType?: string;
  /**
   * Whether a text that reads `true` or `12` is that, in formats that have nothing but text (XML,
   * CSV, forms); true where nothing is said.
   */
  readonly infer?: boolean;
  /** Names of elements that are lists however many there are; XML. */
  readonly lists?: readonly string[];
  /** Protobuf has to be told what it reads. */
  readonly message?: MessageType | undefined;
}

export interface WriteOptions {
  /** Of the element around everything, where the value does not name one; `root`. XML. */
  readonly root?: string;
  /** Columns, in order, others left out; all that there are where nothing is said. CSV, TSV. */
  readonly columns?: readonly string[];
  /** `escape`, the default, puts `'` before what a spreadsheet would run. CSV, TSV. */
  readonly formulas?: 'escape' | 'keep';
  readonly message?: MessageType | undefined;
}

/** A message of a `FileDescriptorSet` (protoc --descriptor_set_out --include_imports). */
export interface MessageType {
  readonly descriptors: Uint8Array;
  /** With its package, e.g. `shop.v1.Order`. */
  readonly name: string;
}
