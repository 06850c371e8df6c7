import { edited, pathOf, type Edit } from '@vitalgate/dialects';
import { mayUse, type Guardrail, type Note, type Side } from './guardrail.ts';
import { stump, type Placeholders } from './placeholders.ts';
import { isSecondReading, valueOf, partWrittenAs, type BodyText } from './body-text.ts';
import { PIECE, PieceByPiece } from './piece-by-piece.ts';
import { readAll, type Reading } from './reading.ts';
import { Seams, type SeamHit } from './seams.ts';
import { Shift } from './shift.ts';
import type { Finds, Found, Hit } from './hit.ts';
import { Notes } from './notes.ts';
import { Turns } from '../turns.ts';
import { Scanner } from './scanner.ts';
import type { Search } from './search.ts';

/** What is to be looked for in one body, and what comes of it. */
export interface Judging {
  readonly read: Reading;
  /** Pieces of a stream may be texts of their own, and are looked at by themselves too. */
  readonly isApart?: boolean;
  readonly side: Side;
  readonly guardrails: readonly Guardrail[];
  readonly search: Search;
  /** Those that this request has made, and on its side may still make. */
  readonly placeholders: Placeholders;
}

export interface Judged {
  readonly bytes: Buffer;
  readonly notes: readonly Note[];
  readonly blockedBy: Guardrail | undefined;
  /** All text, for guardrails that ask somebody else. */
  readonly texts: readonly string[];
}

/** Judges a whole body. Bytes that hold nothing to be taken out stay as they are. */
export async function judge(judging: Judging, bytes: Buffer): Promise<Judged> {
  const { read, side, guardrails, search } = judging;
  const shift = new Shift();
  const found = await readAll(read, bytes, shift);
  const notes = new Notes();
  const edits: Edit[] = [];
  const texts: string[] = [];
  const wantsTexts = guardrails.some(({ webhook }) => webhook !== undefined);
  const wantsSize = guardrails.some(({ maxCharacters }) => maxCharacters !== undefined);
  let blockedBy: Guardrail | undefined;
  const seams = side === 'request' && !search.isEmpty ? new Seams(search, bytes) : undefined;
  let characters = 0;
  const cannot = () => ({ bytes, notes: notes.all, blockedBy: unread(guardrails), texts });
  if (found === undefined) return cannot();

  for (const text of found.texts) {
    if (shift.isOver) await shift.begin();
    if (text.kind === 'tool') {
      const refusing = judgeTool(judging, nameOf(bytes, text), pathOf(text), notes);
      blockedBy ??= refusing;
    }
    // A stream does not read the files in it, and the whole answer gets the same verdict.
    if (text.base64From !== undefined && side === 'answer') continue;
    const isLong = text.end - text.start > 2 * PIECE;
    const seen = isLong ? await siftLong(search, bytes, text, shift) : siftIn(search, bytes, text);
    if (seams !== undefined) across(seams.take(text));
    if (seen === undefined && !wantsTexts && !wantsSize) continue;
    const long =
      isLong && seen !== undefined ? await readLong(judging, bytes, text, shift) : undefined;
    if (long !== undefined && !wantsTexts && !isAnyTakenOut(long.hits)) {
      characters += long.length;
      await tell(text, long.hits);
      continue;
    }
    // Of a dozen long ones that are being changed, each a while, one is a string at a time.
    const giveBack = long === undefined ? undefined : await here.take();
    try {
      const value = long?.value ?? valueOf(bytes, text);
      if (value === undefined) return cannot();
      characters += value.length;
      if (wantsTexts) texts.push(value);
      if (seen === undefined) continue;
      const hits = long?.hits ?? new Scanner(search, text.kind).push(value, true, seen).hits;
      if (hits.length === 0) continue;
      await tell(text, hits);
      if (isSecondReading(text)) continue;
      const json = await rewritten(value, hits, text, judging, shift);
      if (json !== undefined) edits.push({ start: text.start, end: text.end, json });
    } finally {
      giveBack?.();
    }
  }
  if (seams !== undefined) across(seams.end());
  blockedBy ??= judgeSize(guardrails, 0, characters, side, notes);
  if (edits.length > 0) {
    // These say the text again, token by token.
    for (const { start, end } of found.repeats) edits.push({ start, end, json: 'null' });
  }
  return { bytes: edited(bytes, edits), notes: notes.all, blockedBy, texts };

  async function tell(text: BodyText, hits: Finds): Promise<void> {
    const path = pathOf(text);
    let told = 0;
    for (const hit of hits) {
      told += 1;
      if (told % AT_ONCE === 0 && shift.isOver) await shift.begin();
      if (hit.guardrail === undefined) continue;
      notes.push(noteOf(hit, hit.guardrail, side, path));
      const { action } = hit.guardrail;
      const mustRefuse = action === 'redact' && isSecondReading(text);
      if (action === 'block' || mustRefuse) blockedBy ??= hit.guardrail;
    }
  }

  function across(hits: readonly SeamHit[]): void {
    for (const hit of hits) {
      if (hit.guardrail === undefined) continue;
      notes.push(noteOf(hit, hit.guardrail, side, pathOf(hit.text)));
      // Half of it stands in another part, which would have to be changed as well.
      if (hit.guardrail.action !== 'flag') blockedBy ??= hit.guardrail;
    }
  }
}

/** Finds that are told of, or taken out, before anybody looks at the time. */
const AT_ONCE = 256;

/** What a text may hold. An escape of an address may be any character, and is decoded first. */
function siftIn(search: Search, bytes: Buffer, text: BodyText): number | undefined {
  if (search.isEmpty) return undefined;
  if (!isDecodedFirst(text)) return search.sift(bytes, text.start, text.end);
  const decoded = Buffer.from(valueOf(bytes, text) ?? '');
  return search.sift(decoded, 0, decoded.length);
}

const isDecodedFirst = ({ coding, base64From }: BodyText): boolean =>
  base64From !== undefined || (coding !== undefined && coding !== 'plain');

/** A long text is sifted in such pieces, in bytes; nothing that is looked for needs more to be seen. */
const SIFTED = 64 * 1024;
const OVERLAP = 256;

/**
 * The same of a long text, as far as it takes to know that it has to be read. One that holds nothing is
 * never made a string: those of a dozen answers of megabytes would fill the heap.
 */
async function siftLong(
  search: Search,
  bytes: Buffer,
  text: BodyText,
  shift: Shift,
): Promise<number | undefined> {
  if (search.isEmpty || isDecodedFirst(text)) return siftIn(search, bytes, text);
  for (let at = text.start; at < text.end; at += SIFTED) {
    const from = Math.max(text.start, at - OVERLAP);
    const seen = search.sift(bytes, from, Math.min(text.end, at + SIFTED));
    if (seen !== undefined) return seen;
    if (shift.isOver) await shift.begin();
  }
  return undefined;
}

/** Strings of a dozen bodies of megabytes, each read a slice at a time, would fill the heap. */
const here = new Turns();

/** A long text: on a thread, or here, one after the other. */
async function readLong(
  { search }: Judging,
  bytes: Buffer,
  text: BodyText,
  shift: Shift,
): Promise<(Found & { readonly value?: string }) | undefined> {
  const beside = await search.readBeside(bytes, text);
  if (beside !== undefined) return beside;
  const giveBack = await here.take();
  try {
    const value = valueOf(bytes, text);
    if (value === undefined) return undefined;
    const reading = new PieceByPiece(search, text.kind, value);
    for (; !reading.isOver; reading.goOn()) if (shift.isOver) await shift.begin();
    return { value, length: value.length, hits: reading.hits };
  } finally {
    giveBack();
  }
}

function isAnyTakenOut(hits: Finds): boolean {
  for (const hit of hits) if (isTakenOut(hit)) return true;
  return false;
}

/** Whether something else stands in its place afterwards. */
export const isTakenOut = ({ guardrail }: Hit): boolean =>
  guardrail === undefined || guardrail.action === 'redact';

/** The guardrails that must not let pass what they could not read. */
export const unread = (guardrails: readonly Guardrail[]): Guardrail | undefined =>
  guardrails.find(({ onError }) => onError === 'block');

export const nameOf = (bytes: Buffer, text: BodyText): string => valueOf(bytes, text) ?? '';

export function noteOf(hit: Hit, guardrail: Guardrail, side: Side, path: string): Note {
  const { kind, start, end } = hit;
  const { name, action } = guardrail;
  return { guardrail: name, side, action, kind, path, start, length: end - start };
}

/** Whether a tool may be declared or called; the guardrail that refuses it, if one does. */
export function judgeTool(
  { guardrails, side }: Pick<Judging, 'guardrails' | 'side'>,
  tool: string,
  path: string,
  notes: Pick<Notes, 'push'>,
): Guardrail | undefined {
  let refusing: Guardrail | undefined;
  for (const guardrail of guardrails) {
    if (guardrail.tools === undefined || mayUse(guardrail.tools, tool)) continue;
    const { name, action } = guardrail;
    notes.push({
      guardrail: name,
      side,
      action,
      kind: 'tool',
      path,
      start: 0,
      length: tool.length,
    });
    if (action === 'block') refusing ??= guardrail;
  }
  return refusing;
}

/** `before` is how many there were when this was last asked: one that lets pass tells it once. */
export function judgeSize(
  guardrails: readonly Guardrail[],
  before: number,
  characters: number,
  side: Side,
  notes: Pick<Notes, 'push'>,
): Guardrail | undefined {
  let refusing: Guardrail | undefined;
  for (const guardrail of guardrails) {
    const { maxCharacters, action, name } = guardrail;
    if (maxCharacters === undefined || characters <= maxCharacters) continue;
    if (before > maxCharacters) continue;
    notes.push({
      guardrail: name,
      side,
      action,
      kind: 'size',
      path: '',
      start: 0,
      length: characters,
    });
    if (action === 'block') refusing ??= guardrail;
  }
  return refusing;
}

/** The value as it is written with what was found taken out, or put back; undefined when nothing changes. */
async function rewritten(
  value: string,
  hits: Finds,
  place: BodyText,
  judging: Judging,
  shift: Shift,
): Promise<string | undefined> {
  const pieces: string[] = [];
  let text = '';
  let at = 0;
  let changed = 0;
  for (const hit of hits) {
    if (!isTakenOut(hit)) continue;
    changed += 1;
    if (changed % AT_ONCE === 0 && shift.isOver) await shift.begin();
    text +=
      value.slice(at, hit.start) + replacement(hit, value, judging, place.kind === 'arguments');
    at = hit.end;
    // What is put together stays in its parts until it is written, and a million are many.
    if (text.length < WRITTEN) continue;
    pieces.push(partWrittenAs(place, text));
    text = '';
  }
  if (changed === 0) return undefined;
  pieces.push(partWrittenAs(place, text + value.slice(at)));
  const quote = place.coding === undefined ? '"' : '';
  return quote + pieces.join('') + quote;
}

/** Characters of a changed text that are written at once. */
const WRITTEN = 64 * 1024;

/** What stands in the place of a find. Inside arguments, which are JSON, as JSON has it. */
export function replacement(
  { guardrail, kind, start, end }: Hit,
  value: string,
  { side, placeholders }: Judging,
  isJson: boolean,
): string {
  if (guardrail === undefined) {
    const placeholder = value.slice(start, end);
    const original = placeholders.originalOf(placeholder) ?? placeholder;
    return isJson ? JSON.stringify(original).slice(1, -1) : original;
  }
  // Nobody could put back what was taken out of an answer.
  return guardrail.restore && side === 'request'
    ? placeholders.for(kind, value.slice(start, end))
    : stump(kind);
}
