import { boundaryOf } from './boundary.ts';

/** One part of `multipart/form-data` (RFC 7578). */
export interface Part {
  readonly name: string;
  /** What it says of itself, and what it is. */
  readonly head: Buffer;
  /** It has the name of a file. */
  readonly isFile: boolean;
  /** As it says itself. */
  readonly type: string | undefined;
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
}

/** Nobody means more, and each is an object. */
const MOST_PARTS = 1000;
/** Of one part (node:http has as much for a whole request). */
const MOST_HEAD = 16 * 1024;

/** The parts of a body, without a copy of their bytes; or what is wrong with it. */
export function partsOf(body: Buffer, contentType: string): Part[] | string {
  const boundary = boundaryOf(contentType);
  if (boundary === undefined) return 'must have a boundary in its content-type';
  const mark = Buffer.from(`\r\n--${boundary}`, 'latin1');
  const parts: Part[] = [];
  // The first may stand at the very beginning (RFC 2046, section 5.1.1).
  const isFirst = body.subarray(0, mark.length - 2).equals(mark.subarray(2));
  let at = isFirst ? mark.length - 2 : afterMark(body, mark, 0);
  while (at !== -1) {
    if (body.toString('latin1', at, at + 2) === '--') return parts;
    if (parts.length === MOST_PARTS) return `must have no more than ${MOST_PARTS} parts`;
    const end = afterMark(body, mark, at);
    const next = end - mark.length;
    const head = body.indexOf('\r\n\r\n', at, 'latin1');
    if (end === -1) return 'must end with its boundary';
    if (head === -1 || head > next) return 'must have parts with a head each';
    if (head - at > MOST_HEAD) return 'must have parts with heads of no more than 16 KiB';
    const headers = headersIn(body.toString('latin1', at, head));
    if (headers === undefined) return 'must say once what each part is';
    const disposition = headers['content-disposition'] ?? '';
    const name = nameIn(disposition);
    if (name === undefined) return 'must have a name for each part';
    const isFile = /;\s*filename\*?=/i.test(disposition);
    const bytes = body.subarray(Math.min(head + 4, next), next);
    const type = headers['content-type'];
    parts.push({ name, head: body.subarray(at, head), isFile, type, headers, bytes });
    at = end;
  }
  return 'must begin with its boundary';
}

/** Where a delimiter ends; a longer one that begins like it is none (RFC 2046, section 5.1.1). */
function afterMark(body: Buffer, mark: Buffer, from: number): number {
  for (let at = body.indexOf(mark, from); at !== -1; at = body.indexOf(mark, at + 1)) {
    const end = at + mark.length;
    if (/^(?:--|[ \t]*\r\n)/.test(body.toString('latin1', end, end + 100))) return end;
  }
  return -1;
}

/** Undefined where one stands twice: which of them is meant, each reader would say for itself. */
function headersIn(head: string): Record<string, string> | undefined {
  const headers = Object.create(null) as Record<string, string>;
  for (const line of head.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const name = line.slice(0, colon).toLowerCase();
    if (headers[name] !== undefined) return undefined;
    headers[name] = line.slice(colon + 1).trim();
  }
  return headers;
}

/** Names are UTF-8, and browsers write quotes and line ends in percent (RFC 7578, section 5.1). */
function nameIn(disposition: string): string | undefined {
  const found = /;\s*name=(?:"((?:[^"\\]|\\.)*)"|([^\s;]+))/i.exec(disposition);
  const text = found?.[1]?.replaceAll(/\\(["\\])/g, '$1') ?? found?.[2];
  if (text === undefined) return undefined;
  return Buffer.from(text, 'latin1')
    .toString()
    .replaceAll(/%(22|0D|0A)/gi, (_all, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
}
