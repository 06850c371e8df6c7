import { CONTEXT, isAlphanumeric, isDigit, type Detector } from '../detector.ts';
import { DIGITS } from '../sieve.ts';
import { digitsIn } from './digits.ts';
import { rules, type IdRule } from './national-id-rules.ts';

/** Rules for what begins with a digit, and for what begins with letters; Spain's begins with either. */
const ofDigits = group(rules.filter(({ form }) => !/^(?:\(\?:)?\[[A-Z]/.test(form.source)));
const ofLetters = group(
  rules.filter(({ form }) => /^(?:\(\?:)?(?:\\d\{8\}\|)?\[[A-Z]/.test(form.source)),
);

interface Group {
  readonly rules: readonly IdRule[];
  /** What fits none of those that need no name does not fit this, which costs as much as one. */
  readonly plain: RegExp;
  /** The same of those that do. */
  readonly named: RegExp;
}

function group(some: readonly IdRule[]): Group {
  const isNamed = ({ named }: IdRule) => named !== undefined;
  return {
    rules: some,
    plain: anyForm(some.filter((rule) => !isNamed(rule))),
    named: anyForm(some.filter(isNamed)),
  };
}

/** Fits nothing where there is none. */
function anyForm(some: readonly IdRule[]): RegExp {
  const forms = some.map(({ form }) => form.source).join('|') || '(?!)';
  return new RegExp(`(?:${forms})(?![A-Za-z0-9]|[-.]\\d)`, 'y');
}

/** Any of the words that name a number. */
const anyName = new RegExp(
  [...new Set(rules.flatMap(({ named }) => named?.source ?? []))].join('|'),
  'i',
);

/** How far before a number the word that names it may stand. */
const NEAR = 40;
/** Letters that stand before the digits of some. */
const MOST_LETTERS = 6;
/** No number that begins with letters, or with a digit, has fewer digits. */
const LEAST_BEHIND_LETTERS = 4;
const LEAST_DIGITS = 7;
/** With its separators. */
const LONGEST = 24;

/** Numbers that states give to people (and, in Brazil and Argentina, companies), by their checksums. */
export const nationalIds: Detector = {
  name: 'national-id',
  hold: 'groups',
  needs: DIGITS,
  find(text, from, report) {
    const raised = text.toUpperCase();
    // Some letters become two, such as ß: those of numbers are all ASCII.
    const upper =
      raised.length === text.length
        ? raised
        : text.replaceAll(/[a-z]+/g, (letters) => letters.toUpperCase());
    let next = from;
    for (const digit of digitsIn(text, from)) {
      const letters = lettersBefore(text, digit);
      for (let at = letters ?? digit; at <= digit; at = at < digit ? digit : digit + 1) {
        if (at < next || !mayBegin(text, at, digit)) continue;
        const found = idAt(text, upper, at);
        if (found === undefined) continue;
        report(found.kind, at, found.end);
        next = found.end;
      }
    }
  },
};

/** Where the few letters before a digit begin, if there are some; a space and a hyphen may follow them. */
function lettersBefore(text: string, digit: number): number | undefined {
  let end = digit;
  if (text.charCodeAt(end - 1) === 0x2d) end -= 1;
  if (text.charCodeAt(end - 1) === 0x20) end -= 1;
  let at = end;
  while (end - at < MOST_LETTERS && isLetter(text.charCodeAt(at - 1))) at -= 1;
  return at === end ? undefined : at;
}

const isLetter = (code: number): boolean => isAlphanumeric(code) && !isDigit(code);

/** Whether a word begins here that is no part of something longer, and has enough digits. */
function mayBegin(text: string, at: number, digit: number): boolean {
  if (isAlphanumeric(text.charCodeAt(at - 1)) || isPart(text, at)) return false;
  return at < digit ? hasDigits(text, at) : hasRow(text, at);
}

/** Behind one of these a number is the rest of something longer. */
const isPart = (text: string, at: number): boolean =>
  at > 0 && '-+.@_/'.includes(text[at - 1] as string);

function hasDigits(text: string, start: number): boolean {
  let digits = 0;
  const end = Math.min(text.length, start + LONGEST);
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (isDigit(code)) digits += 1;
    if (digits === LEAST_BEHIND_LETTERS) return true;
    if (code < 0x20 || code > 0x7e) return false;
  }
  return false;
}

/** The same of what begins with a digit, and never has two separators beside each other. */
function hasRow(text: string, start: number): boolean {
  let digits = 0;
  let isBehind = false;
  const end = Math.min(text.length, start + LONGEST);
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (isDigit(code)) digits += 1;
    if (digits === LEAST_DIGITS) return true;
    const isSeparator = !isAlphanumeric(code);
    if (isSeparator && (isBehind || code < 0x20 || code > 0x7e)) return false;
    isBehind = isSeparator;
  }
  return false;
}

function idAt(text: string, upper: string, at: number): { kind: string; end: number } | undefined {
  const all = isDigit(text.charCodeAt(at)) ? ofDigits : ofLetters;
  const isPlain = fits(all.plain, upper, at);
  const before = fits(all.named, upper, at)
    ? text.slice(Math.max(0, at - Math.min(NEAR, CONTEXT)), at)
    : '';
  const isNamed = before !== '' && anyName.test(before);
  if (!isPlain && !isNamed) return undefined;
  for (const { kind, form, isValid, named } of all.rules) {
    if (!(named === undefined ? isPlain : isNamed) || !fits(form, upper, at)) continue;
    const end = form.lastIndex;
    const written = text.slice(at, end);
    if (written.includes(' ') && /[a-z]/.test(written)) continue;
    if (isAlphanumeric(text.charCodeAt(end)) || isFurther(text, end)) continue;
    if (named?.test(before) === false) continue;
    if (isValid(upper.slice(at, end).replaceAll(/[^A-Z\d]/g, ''))) return { kind, end };
  }
  return undefined;
}

function fits(form: RegExp, text: string, at: number): boolean {
  form.lastIndex = at;
  return form.test(text);
}

/** The number goes on behind a hyphen or point. */
const isFurther = (text: string, end: number): boolean =>
  (text.charCodeAt(end) === 0x2d || text.charCodeAt(end) === 0x2e) &&
  isDigit(text.charCodeAt(end + 1));
