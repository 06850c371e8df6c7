import { convertStream } from '@vitalgate/formats';
import { expect, it } from 'vitest';

/** Rows of a table as they come from a socket, some 40 kB at a time. */
async function* table(bytes: number): AsyncGenerator<Uint8Array> {
  yield Buffer.from('id,name,price,ok\r\n');
  let sent = 0;
  for (let id = 0; sent < bytes;) {
    const rows: string[] = [];
    while (rows.length < 500) {
      rows.push(`${id},"name of ${id}, in full",${(id % 1000) / 8},${id % 2 === 0}\r\n`);
      id++;
    }
    const part = Buffer.from(rows.join(''));
    sent += part.length;
    yield part;
  }
}

const MB = 1_048_576;

it('turns a table into lines and lines into XML without holding them', async () => {
  const collect = globalThis.gc ?? (() => undefined);
  const lines = convertStream(table(6 * MB), 'csv', 'ndjson');
  let [bytes, parts, most] = [0, 0, 0];
  collect();
  const before = process.memoryUsage().heapUsed;
  for await (const part of convertStream(lines, 'ndjson', 'xml')) {
    bytes += part.length;
    if (++parts % 100 !== 0) continue;
    collect();
    most = Math.max(most, process.memoryUsage().heapUsed - before);
  }
  expect(bytes).toBeGreaterThan(6 * MB);
  expect(most).toBeLessThan(6 * MB);
});
