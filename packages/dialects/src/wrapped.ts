import type { StreamReader } from './codec.ts';
import type { DialectName } from './dialect-name.ts';
import { RequestError } from './errors.ts';
import { EventWatch } from './event-watch.ts';
import { isJsonObject } from './fields.ts';
import { parseJson } from './json.ts';
import { Losses } from './losses.ts';
import type { StreamEvent } from './reply.ts';
import { refused, type Translation } from './translate.ts';
import type { OutStream } from './watch.ts';
import type { Wrapping } from './wire.ts';

/**
 * A request for a vendor who resells another's models in that one's own dialect: a few fields
 * stand elsewhere, and the answer's bytes are those of the dialect, once they are out of the
 * reseller's frames.
 */
export function wrap(
  asked: Buffer,
  dialect: DialectName,
  wrapping: Wrapping,
  { requestId, betas }: { readonly requestId: string; readonly betas: readonly string[] },
): Translation {
  const body = parseJson(asked.toString());
  if (!isJsonObject(body)) throw new RequestError('body', body, 'an object');
  return {
    body: JSON.stringify(wrapping.wrap(body, betas)),
    losses: new Losses(),
    answer: (text) => text,
    failure: (text, status) => refused(dialect, text, status, requestId),
    stream: (text) => new UnwrappedStream(wrapping, (event) => text?.see(event)),
  };
}

/** The events of a stream as the dialect itself has them. */
class UnwrappedStream extends EventWatch implements OutStream {
  readonly #passed: Buffer[];

  constructor(wrapping: Wrapping, onEvent: (event: StreamEvent) => void) {
    const passed: Buffer[] = [];
    const reader: StreamReader = wrapping.unwrap((bytes) => passed.push(bytes));
    super(reader, onEvent);
    this.#passed = passed;
  }

  take(): Buffer {
    return Buffer.concat(this.#passed.splice(0));
  }
}
