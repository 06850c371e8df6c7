/** Ways to fail, and whose mistake each is: a document's (400, 422) or a request's (406, 415). */
const codes = {
  /** The document is not of its format. */
  unreadable: 'document cannot be read',
  /** It is nested deeper than the limit. */
  too_deep: 'document is nested too deeply',
  /** Reading so many would take seconds in which nobody else is served. */
  too_many_parts: 'document has too many parts',
  /** It has a key that would reach into JavaScript's prototypes. */
  forbidden_key: 'document has a forbidden key',
  /** XML with a document type, which may fetch files and multiply itself. */
  doctype: 'document has a document type',
  /** YAML whose aliases stand for more than they cost. */
  alias_bomb: 'document repeats itself too often',
  /** What was read has no form in the format it is to be written in. */
  not_expressible: 'value has no form in this format',
  /** Its letters are written in a way that nobody here knows. */
  charset: 'character set is not known',
  /** The format needs a description that was not given. */
  no_descriptor: 'format needs a descriptor',
  /** A template that is none. */
  bad_template: 'template cannot be read',
  /** A mapping that is none. */
  bad_mapping: 'mapping cannot be read',
  /** A mapping failed with this document. */
  mapping_failed: 'mapping failed',
  /** A mapping took too long, or made too much. */
  mapping_limit: 'mapping went beyond its limits',
} as const;

export type FormatErrorCode = keyof typeof codes;

/** What went wrong with a document; the message names no value of it. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
  readonly code: FormatErrorCode;
  readonly detail: string;

  constructor(code: FormatErrorCode, detail: string, options?: ErrorOptions) {
    super(`${codes[code]}: ${detail}`, options);
    this.code = code;
    this.detail = detail;
  }
}
