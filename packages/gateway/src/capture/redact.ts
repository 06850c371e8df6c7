import { isUtf8 } from 'node:buffer';
import type { CaptureConfig } from '@vitalgate/contract';
import { framerOf, type CallerForm, type DialectName, type Framer } from '@vitalgate/dialects';
import { StreamGuard } from '../guard/answer-guard.ts';
import { apiFramer, bodyKindOf, bodyReading } from '../guard/api-bodies.ts';
import { buildGuardrail } from '../guard/build.ts';
import type { Guardrail } from '../guard/guardrail.ts';
import { judge, type Judging } from '../guard/judge.ts';
import { Placeholders } from '../guard/placeholders.ts';
import { dialectReading, type Reading } from '../guard/reading.ts';
import { Search } from '../guard/search.ts';

/** One side of a call as it was sent. */
export type Side = ModelSide | HttpSide;

interface ModelSide {
  readonly dialect: DialectName;
  readonly form: CallerForm | undefined;
  readonly isStream: boolean;
  readonly bytes: Uint8Array;
}

export interface HttpSide {
  /** Empty where it does not say. */
  readonly contentType: string;
  readonly bytes: Uint8Array;
  /** Of requests. */
  readonly address?: Address;
}

interface Address {
  readonly method: string;
  readonly path: string;
  /** With its question mark; empty where there is none. */
  readonly query: string;
}

const NOWHERE: Address = { method: '', path: '', query: '' };
const FORM = 'application/x-www-form-urlencoded';

/** Takes out of captured texts what a configuration names, as a guardrail that redacts does. */
export class CaptureRedactor {
  readonly #guardrail: Guardrail;
  readonly #search: Search;

  constructor(redact: CaptureConfig['redact']) {
    this.#guardrail = buildGuardrail({
      name: 'capture',
      on: ['request', 'answer'],
      detect: redact,
      action: 'redact',
      appliesTo: 'all',
      restore: false,
      allow: { words: [], patterns: [] },
    });
    this.#search = new Search([this.#guardrail]);
  }

  /**
   * Undefined for what cannot be read, and so may hold anything. What is no model's has its method
   * and address before its body, with an empty line between, as a message of HTTP has.
   */
  async request(side: Side): Promise<string | undefined> {
    if ('dialect' in side) return this.#whole('request', dialectReading(side.dialect), side.bytes);
    const { contentType, bytes, address } = side;
    const line = await this.#line(address);
    const body = await this.#body('request', contentType, bytes);
    return line === undefined || body === undefined ? undefined : `${line}\n\n${body}`;
  }

  /** The same. A stream is read as its texts are, whichever way it was cut into pieces. */
  async answer(side: Side): Promise<string | undefined> {
    if ('dialect' in side) {
      const { dialect, form, isStream, bytes } = side;
      const read = dialectReading(dialect);
      if (!isStream) return this.#whole('answer', read, bytes);
      return this.#stream(this.#judging('answer', read), framerOf(dialect, form), bytes);
    }
    const { contentType, bytes } = side;
    const kind = bodyKindOf(contentType);
    if (kind !== 'events' && kind !== 'lines') return this.#body('answer', contentType, bytes);
    const judging = this.#judging('answer', bodyReading(contentType, 'answer'));
    return this.#stream({ ...judging, isApart: true }, apiFramer(kind), bytes);
  }

  async #line({ method, path, query }: Address = NOWHERE): Promise<string | undefined> {
    const said = unescaped(path);
    const plain = bodyReading('text/plain', 'answer');
    const cleanPath = await this.#whole('answer', plain, said);
    const cleanQuery = await this.#whole('request', bodyReading(FORM, 'request'), query.slice(1));
    // Some servers decode twice, and what is written so cannot be changed.
    const again = unescaped(said);
    if (again !== said && (await this.#whole('answer', plain, again)) !== again) return undefined;
    if (cleanPath === undefined || cleanQuery === undefined) return undefined;
    const shown = cleanPath === said ? path : encodeURI(cleanPath);
    return `${method} ${shown}${query.slice(0, 1)}${cleanQuery}`;
  }

  /** Pictures and the like are no text. */
  async #body(
    side: Judging['side'],
    contentType: string,
    bytes: Uint8Array,
  ): Promise<string | undefined> {
    if (!isUtf8(bytes)) return undefined;
    return this.#whole(side, bodyReading(contentType, side), bytes);
  }

  async #whole(
    side: Judging['side'],
    read: Reading,
    said: Uint8Array | string,
  ): Promise<string | undefined> {
    if (said.length === 0) return '';
    const judged = await judge(this.#judging(side, read), Buffer.from(said));
    return judged.blockedBy === undefined ? judged.bytes.toString() : undefined;
  }

  async #stream(judging: Judging, framer: Framer, bytes: Uint8Array): Promise<string | undefined> {
    const guard = new StreamGuard(judging, framer);
    const pushed = guard.push(Buffer.from(bytes));
    if (pushed.blockedBy !== undefined) return undefined;
    const finished = await guard.finish();
    if (finished.blockedBy !== undefined) return undefined;
    return Buffer.concat([pushed.bytes, finished.bytes]).toString();
  }

  #judging(side: Judging['side'], read: Reading): Judging {
    return {
      read,
      side,
      guardrails: [this.#guardrail],
      search: this.#search,
      placeholders: new Placeholders(),
    };
  }
}

function unescaped(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
