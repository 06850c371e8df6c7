import { isUtf8 } from 'node:buffer';
import type { AnswerGuard, Released } from './answer-guard.ts';
import type { Note } from './guardrail.ts';
import { judgeSize, noteOf, replacement, unread, type Judging } from './judge.ts';
import { Scanner } from './scanner.ts';

const EMPTY: Buffer = Buffer.alloc(0);

/** Guards an answer that is plain text, as it comes: what is decided leaves. */
export class TextGuard implements AnswerGuard {
  readonly #judging: Judging;
  readonly #scanner: Scanner;
  #notes: Note[] = [];
  /** Bytes of a character that is not whole yet. */
  #half: Buffer = EMPTY;
  /** Text that is not decided yet. */
  #open = '';
  #characters = 0;
  /** It is no text, and nobody minds. */
  #isPassing = false;

  constructor(judging: Judging) {
    this.#judging = judging;
    this.#scanner = new Scanner(judging.search, 'text');
  }

  takeNotes(): readonly Note[] {
    const notes = this.#notes;
    this.#notes = [];
    return notes;
  }

  push(chunk: Buffer): Released {
    if (this.#isPassing) return { bytes: Buffer.from(chunk), blockedBy: undefined };
    const bytes = this.#half.length === 0 ? chunk : Buffer.concat([this.#half, chunk]);
    const end = endOfCharacters(bytes);
    const whole = bytes.subarray(0, end);
    if (!isUtf8(whole) || whole.includes(0)) return this.#unreadable(bytes);
    this.#half = Buffer.from(bytes.subarray(end));
    return this.#scan(whole.toString('utf8'), false);
  }

  finish(): Promise<Released> {
    if (this.#isPassing) return Promise.resolve({ bytes: EMPTY, blockedBy: undefined });
    if (this.#half.length > 0) return Promise.resolve(this.#unreadable(this.#half));
    return Promise.resolve(this.#scan('', true));
  }

  #unreadable(bytes: Buffer): Released {
    this.#isPassing = true;
    const rest = Buffer.concat([Buffer.from(this.#open), bytes]);
    return { bytes: rest, blockedBy: unread(this.#judging.guardrails) };
  }

  #scan(text: string, isLast: boolean): Released {
    const { guardrails } = this.#judging;
    const before = this.#characters;
    this.#characters += text.length;
    this.#open += text;
    let blockedBy = judgeSize(guardrails, before, this.#characters, 'answer', this.#notes);
    if (this.#judging.search.isEmpty) return this.#let(this.#open.length, this.#open, blockedBy);
    const { decided, hits } = this.#scanner.push(text, isLast);
    let out = '';
    let at = 0;
    for (const hit of hits) {
      if (hit.guardrail !== undefined) {
        this.#notes.push(noteOf(hit, hit.guardrail, 'answer', ''));
        if (hit.guardrail.action === 'block') blockedBy ??= hit.guardrail;
        if (hit.guardrail.action !== 'redact') continue;
      }
      out += this.#open.slice(at, hit.start) + replacement(hit, this.#open, this.#judging, false);
      at = hit.end;
    }
    return this.#let(decided, out + this.#open.slice(at, decided), blockedBy);
  }

  #let(decided: number, text: string, blockedBy: Released['blockedBy']): Released {
    this.#open = this.#open.slice(decided);
    return { bytes: Buffer.from(text), blockedBy };
  }
}

/** Where the last whole character ends (RFC 3629, section 3). */
function endOfCharacters(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] as number;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue;
    const width = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return back < width ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
