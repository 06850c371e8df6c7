/**
 * A table of so many bytes from CSV into NDJSON into XML, in a process that does nothing else.
 * `node large-table.ts BYTES`; prints a Conversion as JSON.
 */
import { convertStream } from '@vitalgate/formats';

export interface Conversion {
  readonly rows: number;
  readonly elements: number;
  /** Bytes of XML. */
  readonly written: number;
  /** Resident memory at most, of the whole process. */
  readonly peakMB: number;
}

let rows = 0;

/** Rows as a shop has them, of some 60 bytes, as they come from a socket. */
async function* table(bytes: number): AsyncGenerator<Uint8Array> {
  yield Buffer.from('id,name,price,placed,paid\r\n');
  for (let sent = 0; sent < bytes;) {
    let text = '';
    for (; text.length < 60_000; rows++) {
      text += `${rows},"name of ${rows}, in full",${(rows % 1000) / 8},2026-01-02T03:04:05Z,${rows % 2 === 0}\r\n`;
    }
    sent += text.length;
    yield Buffer.from(text);
  }
}

const END = '</item>';
let elements = 0;
let written = 0;
let rest = '';
const lines = convertStream(table(Number(process.argv[2])), 'csv', 'ndjson');
for await (const part of convertStream(lines, 'ndjson', 'xml')) {
  written += part.length;
  const text = rest + Buffer.from(part).toString();
  for (let at = text.indexOf(END); at !== -1; at = text.indexOf(END, at + 1)) elements++;
  rest = text.slice(-(END.length - 1));
}
const peakMB = process.resourceUsage().maxRSS / 1000;
process.stdout.write(JSON.stringify({ rows, elements, written, peakMB } satisfies Conversion));
