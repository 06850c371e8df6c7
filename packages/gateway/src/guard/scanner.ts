import type { TextKind } from '@vitalgate/dialects';
import { CONTEXT, LONGEST_WORD, type Detector } from './detector.ts';
import { encodedIn } from './detect/encodings.ts';
import type { Guardrail } from './guardrail.ts';
import type { Hit } from './hit.ts';
import { siftText } from './marks.ts';
import { normalAt, normalise, originalAt, readable, type Normal } from './normal.ts';
import { openFrom } from './open.ts';
import type { Search } from './search.ts';
import { ESCAPED, FOREIGN, LONG } from './sieve.ts';

interface RawHit extends Hit {
  readonly detector: Detector;
  readonly weight: number | undefined;
}

/**
 * Reads one text, whole or in pieces, and decides of every part once: the verdict on a part is the
 * same however the text was cut. What may be the beginning of something is held back, at most
 * `MOST_HELD` characters.
 */
export class Scanner {
  readonly #search: Search;
  readonly #kind: TextKind;
  /** What is not decided is one word that goes on. */
  #isWord = false;
  /** The last characters that were decided, for those that bear on what follows. */
  #before = '';
  #open = '';
  readonly #scores = new Map<Detector, { sum: number; readonly times: Map<string, number> }>();

  constructor(search: Search, kind: TextKind) {
    this.#search = search;
    this.#kind = kind;
  }

  /** Characters that are not decided yet. */
  get held(): number {
    return this.#open.length;
  }

  /**
   * Takes the next piece. Tells how many characters, from the first that was not decided before,
   * are decided now, and what was found in them, counted from the same place. `sifted` is what is
   * known of a text that comes in one piece.
   */
  push(
    piece: string,
    isLast: boolean,
    sifted?: number,
  ): { readonly decided: number; readonly hits: readonly Hit[] } {
    this.#open += piece;
    if (!isLast && this.#isWord && WORD.test(piece)) {
      if (isWorthReading(this.#open.length - LONGEST_WORD, this.#open.length)) this.#isWord = false;
      else return NOTHING;
    }
    const written = this.#before + this.#open;
    const text = isLast ? written : written.slice(0, readable(written, this.#kind));
    const from = this.#before.length;
    const normal = normalise(text, this.#kind);
    const limit = isLast ? text.length : originalAt(normal, this.#cut(normal));
    if (!isLast && !isWorthReading(limit - from, this.#open.length)) {
      this.#isWord = this.#mayBeWord();
      return NOTHING;
    }

    const raw = this.#find(text, normal, from, sifted);
    const cut = isLast ? limit : beforeCrossing(raw, limit);
    const hits = this.#counted(raw, cut, from);
    this.#before = text.slice(Math.max(0, cut - CONTEXT), cut);
    this.#open = written.slice(cut);
    this.#isWord = this.#mayBeWord();
    return { decided: cut - from, hits };
  }

  #mayBeWord(): boolean {
    return this.#search.holds.has('word') && WORD.test(this.#open);
  }

  #cut({ text }: Normal): number {
    let cut = text.length;
    for (const hold of this.#search.holds) cut = Math.min(cut, openFrom(text, hold));
    return cut;
  }

  #find(text: string, normal: Normal, from: number, sifted: number | undefined): RawHit[] {
    const { guardrails, restoring } = this.#search;
    const hits: RawHit[] = [];
    const begin = normalAt(normal, from);
    // What was sifted with its escapes may be any text without them.
    const isSifted = sifted !== undefined && (sifted & ESCAPED) === 0;
    const seen =
      normal.offsets === undefined
        ? isSifted
          ? sifted
          : siftText(normal.text)
        : siftText(normal.text) | FOREIGN;
    for (const guardrail of guardrails) {
      for (const detector of guardrail.detectors) {
        const { needs, isLiteral } = detector;
        if (needs !== 0 && (needs & seen) === 0) continue;
        const add = (kind: string, start: number, end: number, weight?: number): void => {
          if (isAllowed(guardrail, text.slice(start, end))) return;
          hits.push({ guardrail, detector, kind, start, end, weight });
        };
        if (isLiteral === true) detector.find(text, from, add, seen);
        else {
          detector.find(
            normal.text,
            begin,
            (kind, start, end, weight) =>
              add(kind, originalAt(normal, start), originalAt(normal, end), weight),
            seen,
          );
        }
      }
    }
    if ((seen & LONG) !== 0) {
      for (const { start, end, decoded } of encodedIn(normal.text, begin)) {
        for (const hit of this.#insideOf(decoded, 1, []))
          hits.push({ ...hit, start: originalAt(normal, start), end: originalAt(normal, end) });
      }
    }
    restoring?.find(
      text,
      from,
      (kind, start, end) =>
        hits.push({
          guardrail: undefined,
          detector: restoring,
          kind,
          start,
          end,
          weight: undefined,
        }),
      seen,
    );
    return hits;
  }

  /**
   * What an encoding hides is judged as if it stood there. Its first find names the word, of each
   * guardrail: an address that one flags would keep another from blocking the key beside it. Signs
   * that weigh too little are no find.
   */
  #insideOf(decoded: string, depth: number, found: RawHit[]): RawHit[] {
    const { text, offsets } = normalise(decoded, 'text');
    const seen = siftText(text) | (offsets === undefined ? 0 : FOREIGN);
    for (const guardrail of this.#search.guardrails) {
      for (const detector of guardrail.detectors) {
        const { needs, isLiteral, threshold } = detector;
        if (needs !== 0 && (needs & seen) === 0) continue;
        if (threshold === undefined && isNamed(found, guardrail)) continue;
        const read = isLiteral === true ? decoded : text;
        const hits: RawHit[] = [];
        const add = (kind: string, start: number, end: number, weight?: number): void => {
          if (isAllowed(guardrail, read.slice(start, end))) return;
          hits.push({ guardrail, detector, kind, start, end, weight });
        };
        detector.find(read, 0, add, seen);
        const hit = together(hits);
        if (hit !== undefined) found.push(hit);
      }
    }
    if (depth === DEEPEST || (seen & LONG) === 0) return found;
    for (const { decoded: deeper } of encodedIn(text, 0, 2 * text.length))
      this.#insideOf(deeper, depth + 1, found);
    return found;
  }

  /**
   * Those before the cut, in order and counted from what is decided now, scored where a detector
   * scores. Of two redactions the one that begins first has it.
   */
  #counted(raw: RawHit[], cut: number, from: number): Hit[] {
    const hits: Hit[] = [];
    let last = 0;
    raw.sort((a, b) => a.start - b.start || b.end - a.end);
    for (const hit of raw) {
      const { guardrail, kind, end } = hit;
      if (hit.start >= cut) break;
      if (!this.#counts(hit)) continue;
      let { start } = hit;
      if (guardrail === undefined || guardrail.action === 'redact') {
        if (end <= last) continue;
        start = Math.max(start, last);
        last = end;
      }
      hits.push({ guardrail, kind, start: start - from, end: end - from });
    }
    return hits;
  }

  /** Whether a find counts: where a detector weighs, once all it has found is heavy enough. */
  #counts({ detector, kind, weight }: RawHit): boolean {
    const { threshold } = detector;
    if (threshold === undefined) return true;
    let score = this.#scores.get(detector);
    if (score === undefined) {
      score = { sum: 0, times: new Map() };
      this.#scores.set(detector, score);
    }
    const times = score.times.get(kind) ?? 0;
    score.times.set(kind, times + 1);
    // The same sign again says little more.
    if (times === 0) score.sum += weight ?? 0;
    else if (times < 3) score.sum += (weight ?? 0) / 3;
    return score.sum >= threshold;
  }
}

const isNamed = (found: readonly RawHit[], guardrail: Guardrail): boolean =>
  found.some((hit) => hit.guardrail === guardrail && hit.weight === undefined);

/** What is hidden in one word is one find; the signs in it weigh together. */
function together(hits: readonly RawHit[]): RawHit | undefined {
  const [first] = hits;
  if (first?.weight === undefined) return first;
  const weights = new Map(hits.map(({ kind, weight = 0 }) => [kind, weight]));
  return { ...first, weight: [...weights.values()].reduce((sum, weight) => sum + weight, 0) };
}

const NOTHING = { decided: 0, hits: [] } as const;

/** Characters that no word ends at, whatever kind of text it is; see `openFrom`. */
const WORD = /^[!#-;=?-[\]-_a-~]+$/;

/** More than this is read again only when an eighth of it can be decided, and much more a quarter. */
const SHORT_OPEN = 64;
const LONG_OPEN = 512;

/**
 * Whether so many characters that can be decided are worth reading all that is open: a word without
 * end was read anew, all its 2,048 characters, with each piece of it.
 */
const isWorthReading = (decidable: number, open: number): boolean =>
  open <= SHORT_OPEN ? decidable > 0 : decidable >= open >> (open > LONG_OPEN ? 2 : 3);

/** Encodings inside encodings are opened this far. */
const DEEPEST = 2;

const isAllowed = ({ isAllowed: test }: Guardrail, text: string): boolean => test?.(text) ?? false;

/** A cut that no find crosses. */
function beforeCrossing(hits: readonly RawHit[], limit: number): number {
  let cut = limit;
  for (let isMoved = true; isMoved;) {
    isMoved = false;
    for (const { start, end } of hits) {
      if (start >= cut || end <= cut) continue;
      cut = start;
      isMoved = true;
    }
  }
  return cut;
}
