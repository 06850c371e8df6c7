import { findTexts, type DialectName, type FoundTexts, type Text } from '@vitalgate/dialects';

/** How a text is written where it is no value of JSON; the last two are a second way to read one. */
export type Coding = 'plain' | 'form' | 'entities' | 'form-twice';

export interface BodyText extends Text {
  readonly coding?: Coding;
}

export interface BodyTexts extends FoundTexts {
  readonly texts: readonly BodyText[];
}

/** How the text in a body is found; undefined when the body cannot be read. */
export type Reading = (bytes: Buffer, from?: number, to?: number) => BodyTexts | undefined;

export const dialectReading =
  (dialect: DialectName): Reading =>
  (bytes, from, to) =>
    findTexts(dialect, bytes, from, to);

/** The text of a piece; undefined when it cannot be read. */
export function valueOf(bytes: Buffer, { kind, start, end, coding }: BodyText): string | undefined {
  if (coding === 'plain') return bytes.toString('utf8', start, end);
  if (coding === 'form') return decoded(bytes.toString('latin1', start, end));
  if (coding === 'form-twice') return decoded(decoded(bytes.toString('latin1', start, end)));
  if (coding === 'entities') return withoutEntities(bytes.toString('utf8', start, end));
  if (kind === 'number') return bytes.toString('latin1', start, end);
  try {
    return JSON.parse(bytes.toString('utf8', start, end)) as string;
  } catch {
    return undefined;
  }
}

/** What is read twice can be changed in one of its forms only, which the other would undo. */
export const isSecondReading = ({ coding }: BodyText): boolean =>
  coding === 'entities' || coding === 'form-twice';

/** A changed text as it stands in the body. */
export function writtenAs({ coding }: BodyText, value: string): string {
  if (coding === 'plain') return value;
  return coding === 'form' ? encodeURIComponent(value.toWellFormed()) : JSON.stringify(value);
}

/** As `application/x-www-form-urlencoded` has it (WHATWG URL, section 5.1). */
function decoded(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

const entities: ReadonlyMap<string, string> = new Map(
  Object.entries({ lt: '<', gt: '>', amp: '&', quot: '"', apos: "'", nbsp: ' ', colon: ':' }),
);

/** References to characters, as XML and HTML have them; others stay. */
function withoutEntities(text: string): string {
  return text.replaceAll(
    /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]{2,5}));?/gi,
    (all, hex: string | undefined, decimal: string | undefined, name: string | undefined) => {
      if (name !== undefined) return entities.get(name.toLowerCase()) ?? all;
      const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : all;
    },
  );
}
