/** A head as names and values in turn, names in small letters. */
type Lines = readonly string[];

export function valueIn(head: Lines, name: string): string | undefined {
  for (let i = 0; i < head.length; i += 2) if (head[i] === name) return head[i + 1];
  return undefined;
}

export function lengthIn(head: Lines): number | undefined {
  const length = valueIn(head, 'content-length');
  return length === undefined ? undefined : Number(length);
}

export function addVary(head: string[], field: string): void {
  for (let i = 0; i < head.length; i += 2) {
    if (head[i] !== 'vary') continue;
    head[i + 1] = `${head[i + 1]}, ${field}`;
    return;
  }
  head.push('vary', field);
}

/** With these fields instead of what it says of them. */
export function withFields(head: Lines, fields: ReadonlyMap<string, readonly string[]>): string[] {
  const made: string[] = [];
  for (let i = 0; i < head.length; i += 2) {
    if (!fields.has(head[i] ?? '')) made.push(head[i] ?? '', head[i + 1] ?? '');
  }
  for (const [name, values] of fields) for (const value of values) made.push(name, value);
  return made;
}

/** Fields that speak of bytes which are no longer there. */
const OF_BYTES = new Set([
  'content-type',
  'content-length',
  'etag',
  'accept-ranges',
  'content-md5',
  'digest',
  'content-digest',
  'trailer',
]);

const STAYS = new Set(['content-type', 'etag']);

/** The same type and version, of bytes of which some may have been taken out. */
export function withoutBytes(head: Lines): string[] {
  const left: string[] = [];
  for (let i = 0; i < head.length; i += 2) {
    const name = head[i] ?? '';
    if (!OF_BYTES.has(name) || STAYS.has(name)) left.push(name, head[i + 1] ?? '');
  }
  return left;
}

/** The head as it is for so many bytes. */
export function resizedHead(head: Lines, length: number): string[] {
  const told = lengthIn(head);
  return told === undefined || told === length
    ? [...head]
    : [...withoutBytes(head), 'content-length', String(length)];
}

/** The head of an answer whose bytes have been made anew. */
export function remadeHead(head: Lines, contentType: string, length?: number): string[] {
  const remade: string[] = [];
  for (let i = 0; i < head.length; i += 2) {
    const name = head[i] ?? '';
    if (!OF_BYTES.has(name) && name !== 'content-encoding') remade.push(name, head[i + 1] ?? '');
  }
  remade.push('content-type', contentType);
  if (length !== undefined) remade.push('content-length', String(length));
  return remade;
}

/** RFC 9110, section 15.2.2. */
export const SWITCHING = 101;

export function switchingHead(head: Lines): Buffer {
  let text = 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n';
  for (let i = 0; i < head.length; i += 2) text += `${head[i]}: ${head[i + 1]}\r\n`;
  return Buffer.from(`${text}\r\n`, 'latin1');
}
