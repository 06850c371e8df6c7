/**
 * Bodies larger than any memory, through a gateway in a process of its own. Small ones by default;
 * `LARGE_MB=10000` sends 10 GB each way, and turns a tenth of it from CSV into NDJSON into XML.
 */
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY, temporaryFolder, writeConfig } from '../harness/gateway.ts';
import { vitalgate, type Process } from '../harness/process.ts';
import { sharedUpstream, type HttpUpstream } from './upstream.ts';

const LARGE_MB = Number(process.env['LARGE_MB'] ?? 40);
const MB = 1_000_000;
/** A collector that has room takes its time: with this little for what is new, what is held shows. */
const YOUNG = '--max-semi-space-size=8';
const PATIENCE_MS = 30_000 + LARGE_MB * 400;

describe(`a body of ${LARGE_MB} MB`, () => {
  let upstream: HttpUpstream;
  let gateway: Process;

  beforeAll(async () => {
    upstream = await sharedUpstream(async (asked, response) => {
      if (asked.url === '/records') {
        response.writeHead(200, { 'content-type': String(asked.headers['content-type']) });
        await pipeline(asked, response);
      } else if (asked.method === 'PUT') {
        response.end(String(await count(asked)));
      } else await pipeline(Readable.from(pieces(LARGE_MB * MB)), response);
    });
    // A server gives a request five minutes, however much of it has come.
    upstream.server.requestTimeout = 0;
  });
  afterAll(() => upstream.close());

  const started = async (): Promise<void> => {
    const file = writeConfig(
      temporaryFolder(),
      `apis:
  - { name: files, path: /files, rewrite: /, private: true, upstreams: ["${upstream.url}"] }
  - name: records
    path: /records
    private: true
    upstreams: ["${upstream.url}"]
    formats: { upstream: ndjson, offered: [xml, csv], records: true }
keys: [{ name: client, secret: ${KEY} }]
`,
    );
    gateway = vitalgate(['start', '--config', file], {}, [YOUNG, '--trace-gc']);
    await gateway.until(/^ready/m);
  };

  const ask = (path: string, method: string, headers: Record<string, string> = {}) => {
    const { hostname, port } = new URL(gateway.address('gateway'));
    const authorization = `Bearer ${KEY}`;
    return request({ hostname, port, path, method, headers: { authorization, ...headers } });
  };

  it(
    'goes up and comes down without the gateway growing',
    async () => {
      await started();
      const up = async (bytes: number): Promise<void> => {
        const asked = ask('/files/up', 'PUT', { 'content-length': String(bytes) });
        const [answer] = await Promise.all([
          once(asked, 'response') as Promise<[IncomingMessage]>,
          pipeline(Readable.from(pieces(bytes)), asked),
        ]);
        let told = '';
        for await (const chunk of answer[0]) told += String(chunk);
        expect(Number(told)).toBe(bytes);
      };
      await up(32 * MB);
      const grown = peakFrom(gateway);
      await up(LARGE_MB * MB);
      const found = ask('/files/down', 'GET').end();
      const [answer] = (await once(found, 'response')) as [IncomingMessage];
      expect(await count(answer)).toBe(LARGE_MB * MB);
      expect(grown().growth).toBeLessThan(64);
      // What was passed on is collected by itself, before everything else has to be looked through.
      expect(gateway.stdout).toMatch(/ Scavenge .* external memory pressure/);
      console.log(`${LARGE_MB} MB up and down: ${told(grown())}`);
    },
    PATIENCE_MS,
  );

  it(
    'goes from CSV into NDJSON into XML without the gateway growing',
    async () => {
      await started();
      const bytes = Math.ceil(LARGE_MB / 10) * MB;
      const convert = async (size: number): Promise<[rows: number, elements: number]> => {
        const asked = ask('/records', 'POST', {
          'content-type': 'text/csv',
          accept: 'application/xml',
        });
        let rows = 0;
        const poured = pipeline(Readable.from(table(size, () => rows++)), asked);
        const [answer] = (await once(asked, 'response')) as [IncomingMessage];
        expect(answer.headers['content-type']).toMatch(/^application\/xml/);
        let elements = 0;
        let rest = '';
        for await (const chunk of answer) {
          const parts = (rest + String(chunk)).split('</item>');
          elements += parts.length - 1;
          rest = parts.at(-1) ?? '';
        }
        expect(rest.trim()).toBe('</root>');
        await poured;
        return [rows, elements];
      };
      await convert(Math.min(bytes / 2, 20 * MB));
      const grown = peakFrom(gateway);
      const [rows, elements] = await convert(bytes);
      expect(elements).toBe(rows);
      // Some 60 MB live, however much has passed; around them V8 leaves what it has not collected yet.
      for (const living of livingIn(gateway)) expect(living).toBeLessThan(100);
      expect(grown().growth).toBeLessThan(200);
      console.log(`${bytes / MB} MB of CSV to NDJSON to XML: ${told(grown())}`);
    },
    PATIENCE_MS,
  );
});

const PIECE = Buffer.alloc(64 * 1024, 'vitalgate ');

function* pieces(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= PIECE.length) yield PIECE.subarray(0, left);
}

/** Rows as a shop has them, of some 60 bytes. */
function* table(bytes: number, onRow: () => void): Generator<Buffer> {
  yield Buffer.from('id,name,price,placed,paid\r\n');
  let sent = 0;
  for (let id = 0; sent < bytes;) {
    let text = '';
    for (; text.length < 60_000; id++) {
      text += `${id},"name of ${id}, in full",${(id % 1000) / 8},2026-01-02T03:04:05Z,${id % 2 === 0}\r\n`;
      onRow();
    }
    sent += text.length;
    yield Buffer.from(text);
  }
}

async function count(from: AsyncIterable<unknown>): Promise<number> {
  let bytes = 0;
  for await (const chunk of from) bytes += (chunk as Buffer).length;
  return bytes;
}

/** MB of a heap that outlived each full collection so far. */
const livingIn = ({ stdout }: Process): number[] =>
  [...stdout.matchAll(/ Mark-Compact .*? -> ([\d.]+) /g)].map(([, living]) => Number(living));

interface Peak {
  /** MB of resident memory at most since then, and how much more than then. */
  readonly most: number;
  readonly growth: number;
}

/** From now on; the kernel keeps the peak (proc_pid_status(5), VmHWM). */
function peakFrom({ child }: Process): () => Peak {
  const resident = (field: string): number => {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1000;
  };
  writeFileSync(`/proc/${child.pid}/clear_refs`, '5');
  const before = resident('VmRSS');
  return () => ({ most: resident('VmHWM'), growth: resident('VmHWM') - before });
}

const told = ({ most, growth }: Peak): string =>
  `${most.toFixed(0)} MB at most, ${growth.toFixed(0)} MB more than before`;
