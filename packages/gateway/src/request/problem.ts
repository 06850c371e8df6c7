import { STATUS_CODES } from 'node:http';
import type { FailureCode, Mistake } from '@vitalgate/contract';
import {
  acceptedFormat,
  formats,
  type FormatName,
  type ValueRecord,
  type Written,
} from '@vitalgate/formats';

/** A failure as it is told to callers. */
interface Told {
  readonly code: FailureCode;
  readonly status: number;
  readonly message: string;
  readonly requestId: string;
  readonly mistakes: readonly Mistake[];
}

/** What a problem can be told in; a form of files and messages of somebody's own cannot hold one. */
const SPOKEN = [
  'json',
  'xml',
  'yaml',
  'msgpack',
  'cbor',
  'csv',
  'tsv',
  'ndjson',
  'form',
] as const satisfies readonly FormatName[];

type Spoken = (typeof SPOKEN)[number];

const isSpoken = (name: FormatName): name is Spoken => (SPOKEN as readonly string[]).includes(name);

/**
 * A failure as callers of HTTP APIs read it: problem details (RFC 9457), in the format that `accept`
 * wants most, of those that the API offers before others; JSON where it can read none of them. The type
 * is `about:blank`, so the title is the status' own phrase; our code is in `code`, a member of ours.
 */
export function problemDetails(
  { code, status, message, requestId, mistakes }: Told,
  accept: string | undefined,
  offered: readonly FormatName[] = [],
): Written {
  const title = STATUS_CODES[status] ?? code;
  const problem = { title, status, detail: message, code, requestId };
  const errors = mistakes.map((mistake): ValueRecord => ({ ...mistake }));
  const all: ValueRecord = errors.length === 0 ? problem : { ...problem, errors };
  const format = formatFor(accept, offered);
  switch (format) {
    case 'json':
      return { ...formats.json.write(all, {}), contentType: 'application/problem+json' };
    case 'xml': {
      // RFC 9457, appendix B: the namespace kept its older number, and items are called `i`.
      const listed = errors.length === 0 ? problem : { ...problem, errors: { i: errors } };
      const element = { problem: { '@xmlns': 'urn:ietf:rfc:7807', ...listed } };
      return { ...formats.xml.write(element, {}), contentType: 'application/problem+xml' };
    }
    default:
      return formats[format].write(all, {});
  }
}

function formatFor(accept: string | undefined, offered: readonly FormatName[]): Spoken {
  const possible = [...new Set([...offered.filter(isSpoken), ...SPOKEN])];
  const wanted = acceptedFormat(accept, possible);
  return wanted !== undefined && isSpoken(wanted) ? wanted : 'json';
}
