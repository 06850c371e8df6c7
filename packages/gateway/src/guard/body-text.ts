import type { FoundTexts, Text } from '@vitalgate/dialects';

/** How a text is written where it is no value of JSON; the last two are a second way to read one. */
export type Coding = 'plain' | 'form' | 'entities' | 'form-twice';

export interface BodyText extends Text {
  readonly coding?: Coding;
}

/** Where one stands, and how it is written there. */
export type Written = Pick<BodyText, 'kind' | 'start' | 'end'> & {
  readonly coding: Coding | undefined;
  readonly base64From: number | undefined;
};

export interface BodyTexts extends FoundTexts {
  readonly texts: readonly BodyText[];
}

/** The text of a piece; undefined when it cannot be read. */
export function valueOf(bytes: Buffer, text: BodyText | Written): string | undefined {
  const { kind, start, end, coding, base64From } = text;
  if (base64From !== undefined) return fromBase64(bytes, start + 1 + base64From, end - 1);
  if (coding === 'plain') return bytes.toString('utf8', start, end);
  if (coding === 'form') return decoded(bytes.toString('latin1', start, end));
  if (coding === 'form-twice') return decoded(decoded(bytes.toString('latin1', start, end)));
  if (coding === 'entities') return withoutEntities(bytes.toString('utf8', start, end));
  if (kind === 'number') return digitsOf(bytes.toString('latin1', start, end));
  return parsed(bytes.toString('utf8', start, end));
}

function parsed(json: string): string | undefined {
  try {
    return JSON.parse(json) as string;
  } catch {
    return undefined;
  }
}

/** JSON may escape a slash, a plus sign and the end of a line. */
function fromBase64(bytes: Buffer, from: number, to: number): string | undefined {
  const written = parsed(`"${bytes.toString('latin1', from, to)}"`);
  return written === undefined ? undefined : Buffer.from(written, 'base64').toString();
}

/** 4.111111111111111e15 is a number of sixteen digits to whoever reads JSON. */
const digitsOf = (number: string): string => (/e/i.test(number) ? String(Number(number)) : number);

/** What is read twice can be changed in one of its forms only, which the other would undo; a file not at all. */
export const isSecondReading = ({ coding, base64From }: BodyText): boolean =>
  coding === 'entities' || coding === 'form-twice' || base64From !== undefined;

/** A part of a changed text as it stands in the body; JSON has quotes around all of them. */
export const partWrittenAs = (place: BodyText, value: string): string =>
  place.coding === undefined ? writtenAs(place, value).slice(1, -1) : writtenAs(place, value);

/** A changed text as it stands in the body. */
export function writtenAs({ coding }: BodyText, value: string): string {
  if (coding === 'plain') return value;
  return coding === 'form' ? encodeURIComponent(value.toWellFormed()) : JSON.stringify(value);
}

/**
 * As `application/x-www-form-urlencoded` has it (WHATWG URL, section 5.1). Bytes that are no UTF-8
 * are replaced there, and do not keep the others from being read.
 */
function decoded(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    const bytes = spaced.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    return Buffer.from(bytes, 'latin1').toString();
  }
}

const entities: ReadonlyMap<string, string> = new Map(
  Object.entries({ lt: '<', gt: '>', amp: '&', quot: '"', apos: "'", nbsp: ' ', colon: ':' }),
);

/** References to characters, as XML and HTML have them; others stay. */
function withoutEntities(text: string): string {
  return text.replaceAll(
    /&(?:#x0*([0-9a-f]{1,6})|#0*(\d{1,7})|([a-z]{2,5}));?/gi,
    (all, hex: string | undefined, decimal: string | undefined, name: string | undefined) => {
      if (name !== undefined) return entities.get(name.toLowerCase()) ?? all;
      const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : all;
    },
  );
}
