/** Chooses how to tell a report: by name, or by media type as RFC 9110, section 12.5.1 says. */
import type { Format } from './format.ts';

/** The format `named`, else the one `accept` likes best; undefined when there is none. */
export function formatFor(
  accept: string | undefined,
  named: string | null,
  formats: readonly Format[],
): Format | undefined {
  if (named !== null) {
    // Whoever types `?format=health+json` has written a space, as forms are encoded.
    const name = named.replaceAll(' ', '+');
    return formats.find((one) => one.name === name);
  }
  const type = preferred(
    accept,
    formats.flatMap(({ types }) => types),
  );
  return formats.find(({ types }) => type !== undefined && types.includes(type));
}

interface Range {
  readonly type: string;
  readonly subtype: string;
  readonly q: number;
}

/**
 * The first of `offers` with the highest quality; undefined when none is acceptable. Without an
 * Accept header, and for ranges that cannot be read, everything is.
 */
export function preferred(
  accept: string | undefined,
  offers: readonly string[],
): string | undefined {
  const ranges = (accept ?? '').split(',').flatMap(parsed);
  if (ranges.length === 0) return offers[0];
  let best: string | undefined;
  let highest = 0;
  for (const offer of offers) {
    const q = qualityOf(offer, ranges);
    if (q > highest) {
      best = offer;
      highest = q;
    }
  }
  return best;
}

function parsed(text: string): Range[] {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const [type, subtype] = range.split('/');
  if (!type || !subtype) return [];
  const given = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  const q = given === undefined ? 1 : Number(given);
  return [{ type, subtype, q: q >= 0 && q <= 1 ? q : 1 }];
}

/** The most specific range that covers the offer decides, not the kindest. */
function qualityOf(offer: string, ranges: readonly Range[]): number {
  const [type = '', subtype = ''] = (offer.split(';')[0] ?? '').trim().toLowerCase().split('/');
  const covering = (one: string, other: string): Range | undefined =>
    ranges.find((range) => range.type === one && range.subtype === other);
  return (covering(type, subtype) ?? covering(type, '*') ?? covering('*', '*'))?.q ?? 0;
}
