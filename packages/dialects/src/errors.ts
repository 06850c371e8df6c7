/** A caller's request that does not say what its dialect demands. The fault is the caller's. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  /** Where, e.g. `messages[0].role`. */
  readonly path: string;

  constructor(path: string, found: unknown, expected: string) {
    super(`${path}: found ${shown(found)}, expected ${expected}`);
    this.path = path;
  }
}

/** A provider's answer that is none. The fault is the provider's. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
}

const SHOWN = 60;

/** A value as a message may show it: short, and only its kind where it is not a plain value. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'number') return String(value);
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
