import type { Duplex } from 'node:stream';
import type { ApiSink } from '../upstream/api-call.ts';
import type { Verdict } from '../upstream/classify.ts';
import { fieldIn } from './incoming.ts';
import { isPlain } from './message.ts';

/** Text, several parts of some, or nobody says what. */
const TEXT =
  /^(?:text\/|multipart\/byteranges\b|application\/(?:[\w.+-]*[+-])?(?:json|xml|javascript|yaml|ndjson|x-www-form-urlencoded)\b)/i;

/**
 * Takes credentials out of one answer: an upstream that shows what it was sent, on a page for those who look for
 * mistakes as a rule, would tell each caller what it is to have through the gateway alone. As many asterisks
 * take their place, so that the length stays true and nothing waits but what may be the beginning of one.
 */
export class WithoutEcho implements ApiSink {
  readonly #secrets: readonly Buffer[];
  readonly #sink: ApiSink;
  #isRead = false;
  /** What the last piece ended with, if that may be the beginning of one. */
  #held: Buffer = NOTHING;

  constructor(sink: ApiSink, secrets: readonly Buffer[]) {
    this.#sink = sink;
    this.#secrets = secrets;
  }

  interim(status: number, headers: readonly Buffer[]): void {
    this.#sink.interim(status, this.#withoutAll(headers));
  }

  head(status: number, headers: readonly Buffer[]): void {
    const type = fieldIn(headers, 'content-type');
    const isText = type === undefined || TEXT.test(type);
    this.#isRead = isText && isPlain(fieldIn(headers, 'content-encoding'));
    this.#sink.head(status, this.#withoutAll(headers));
  }

  data(chunk: Buffer): boolean {
    if (!this.#isRead) return this.#sink.data(chunk);
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    // Before its end is held: what ends one may begin another.
    const safe = this.#without(bytes);
    const end = safe.length - this.#begunIn(safe);
    // A copy: the upstream client may use the chunk's memory again.
    this.#held = end === safe.length ? NOTHING : Buffer.from(safe.subarray(end));
    return end === 0 || this.#sink.data(safe.subarray(0, end));
  }

  end(trailers: readonly Buffer[]): void {
    if (this.#held.length > 0) this.#sink.data(this.#held);
    this.#sink.end(this.#withoutAll(trailers));
  }

  upgraded(headers: readonly Buffer[], socket: Duplex): void {
    this.#sink.upgraded(this.#withoutAll(headers), socket);
  }

  fail(verdict: Verdict): void {
    this.#sink.fail(verdict);
  }

  #withoutAll(lines: readonly Buffer[]): readonly Buffer[] {
    return lines.map((line) => this.#without(line));
  }

  #without(bytes: Buffer): Buffer {
    let safe = bytes;
    for (const secret of this.#secrets) {
      for (let at = safe.indexOf(secret); at !== -1; at = safe.indexOf(secret, at)) {
        if (safe === bytes) safe = Buffer.from(bytes);
        safe.fill('*', at, at + secret.length);
      }
    }
    return safe;
  }

  /** How many bytes at the end may be the beginning of one. */
  #begunIn(bytes: Buffer): number {
    let longest = 0;
    for (const secret of this.#secrets) {
      const first = secret[0] ?? 0;
      let at = bytes.indexOf(first, Math.max(0, bytes.length - secret.length + 1));
      for (; at !== -1; at = bytes.indexOf(first, at + 1)) {
        const length = bytes.length - at;
        if (bytes.compare(secret, 0, length, at) !== 0) continue;
        longest = Math.max(longest, length);
        break;
      }
    }
    return longest;
  }
}

const NOTHING: Buffer = Buffer.alloc(0);
