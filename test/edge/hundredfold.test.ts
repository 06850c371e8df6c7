import { readFileSync } from 'node:fs';
import { request as httpRequest, type ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedUpstream, type HttpUpstream } from '../apis/upstream.ts';
import { KEY, temporaryFolder, writeConfig } from '../harness/gateway.ts';
import { vitalgate, type Process } from '../harness/process.ts';

/**
 * ME8, the rule of a hundred: no input of N bytes makes a gateway use 100 N of memory, or of processor
 * time what a hundred ordinary requests of N bytes take. Measured on a real process from outside.
 */

const N = 128 * 1024;
/** What a garbage collector leaves lying about, whatever is asked. */
const SLACK_BYTES = 64 * 1024 * 1024;
/** As the operating system counts it, in hundredths of a second. */
const TICK_MS = 10;

let upstream: HttpUpstream;
let gateway: Process;
let say: (response: ServerResponse) => void;
let ordinaryMs = 0;

const well = (response: ServerResponse): void => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(
    '{"id":"c","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}',
  );
};

beforeAll(async () => {
  say = well;
  upstream = await sharedUpstream((request, response) => {
    request.resume().on('end', () => say(response));
  });
});
afterAll(() => upstream.close());

/** Started inside of the first test, and ended with it: a process belongs to a test. */
async function start(): Promise<void> {
  const config = writeConfig(
    temporaryFolder(),
    `health: { fall: 100 }
guardrails:
  - { name: all, detect: [pii, secrets, invisible, encoded, injection, { words: [bluebird] }, { patterns: ['(a+)+$'] }], action: flag }
  - { name: attacks, on: request, detect: attacks, action: flag, appliesTo: named }
providers:
  - { name: any, dialect: openai-chat, baseUrl: "${upstream.url}/v1", private: true, credentials: [{ name: main, value: of-any }] }
models: [{ name: chat, targets: [{ provider: any, model: m }] }]
apis:
  - { name: shop, path: /shop, private: true, guardrails: [attacks], upstreams: ["${upstream.url}"] }
  - { name: spoken, path: /spoken, private: true, upstreams: ["${upstream.url}"], formats: { upstream: json, offered: [json, xml, yaml, csv, form, multipart, msgpack, cbor] } }
keys: [{ name: client, secret: ${KEY} }]
`,
  );
  gateway = vitalgate(['start', '--config', config, '--log-level', 'error']);
  await gateway.until(/^ready$/m);
}

interface Used {
  readonly cpuMs: number;
  readonly bytes: number;
}

function used(): Used {
  const { pid } = gateway.child;
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const peak = /VmRSS:\s+(\d+)/.exec(status)?.[1];
  return {
    cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
    bytes: Number(peak) * 1024,
  };
}

interface Sent {
  readonly path?: string;
  readonly type?: string;
  readonly encoding?: string;
  readonly headers?: Record<string, string>;
  /** Bytes of each piece that is written. */
  readonly pieces?: number;
}

const ask = (body: string | Buffer, sent: Sent = {}): Promise<number> =>
  new Promise((resolve) => {
    const { path = '/v1/chat/completions', type = 'application/json', encoding, pieces } = sent;
    const { hostname, port } = new URL(gateway.address('gateway'));
    const headers: Record<string, string> = {
      authorization: `Bearer ${KEY}`,
      'content-type': type,
      ...(encoding !== undefined && { 'content-encoding': encoding }),
      ...sent.headers,
    };
    const call = httpRequest({ hostname, port, path, method: 'POST', headers });
    call.on('response', (response) => {
      response.on('error', () => resolve(0)).on('close', () => resolve(response.statusCode ?? 0));
      response.resume();
    });
    call.on('error', () => resolve(0));
    if (pieces === undefined) {
      call.end(body);
      return;
    }
    void (async () => {
      const bytes = Buffer.from(body);
      for (let at = 0; at < bytes.length && !call.destroyed; at += pieces) {
        call.write(bytes.subarray(at, at + pieces));
        if (at % (pieces * 64) === 0) await setImmediate();
      }
      call.end();
    })();
  });

const chat = (content: string): string =>
  JSON.stringify({ model: 'chat', messages: [{ role: 'user', content }] });
const filled = (unit: string, bytes = N): string =>
  unit.repeat(Math.ceil(bytes / Buffer.byteLength(unit)));
/** On the wire each piece has a length and two line ends. */
const onWire = (bytes: number, pieces: number | undefined): number =>
  pieces === undefined ? bytes : bytes + 5 * Math.ceil(bytes / pieces);
const prose = filled('The gateway asks each of its targets how it is. ');

const bound = 'XbX';
const multipart = `multipart/form-data; boundary=${bound}`;
const part = `--${bound}\r\ncontent-disposition: form-data; name="a"\r\n\r\nx\r\n`;
const laughs = `<!DOCTYPE l [<!ENTITY a "ha">${Array.from({ length: 30 }, (_, i) => `<!ENTITY ${String.fromCharCode(98 + (i % 24))}${i} "&a;&a;&a;&a;&a;&a;&a;&a;">`).join('')}]><l>${filled('&a;')}</l>`;
const aliases = `a: &a [x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 20 }, (_, i) => `b${i}: &b${i} [${filled(i === 0 ? '*a,' : `*b${i - 1},`, 40)}]\n`).join('')}`;

const inputs: readonly [name: string, body: () => string | Buffer, sent?: Sent][] = [
  ['arrays without end', () => filled('[')],
  ['objects without end', () => filled('{"a":')],
  ['arrays in a message', () => `{"model":"chat","messages":${filled('[')}${filled(']')}}`],
  ['a long key', () => `{"model":"chat","${filled('k')}":1}`],
  [
    'many keys',
    () => `{"model":"chat",${Array.from({ length: 20_000 }, (_, i) => `"k${i}":1`).join(',')}}`,
  ],
  ['many numbers', () => `{"model":"chat","messages":[${filled('1,')}1]}`],
  [
    'many messages',
    () =>
      `{"model":"chat","messages":[${filled('{"role":"user","content":"a"},')}{"role":"user","content":"a"}]}`,
  ],
  [
    'escapes',
    () => `{"model":"chat","messages":[{"role":"user","content":"${filled('\\u0041')}"}]}`,
  ],
  [
    'backslashes',
    () => `{"model":"chat","messages":[{"role":"user","content":"${filled('\\\\')}"}]}`,
  ],
  ['letters that become many', () => chat(filled('ﷺ㎏'))],
  ...[
    'a',
    '4111 ',
    '1',
    '@a.',
    'AKIA',
    'eyJa',
    '://a:',
    'QUJD',
    '\u200b',
    'ignore all ',
    '=41',
    '<a ',
    "' or ",
    '. - ',
    '-----BEGIN PRIVATE KEY-----',
    'password=a ',
    `${deflateSync('a'.repeat(1_400_000)).toString('base64')} `,
  ].map(
    (unit) =>
      [`prompts of ${JSON.stringify(unit.slice(0, 40))}`, () => chat(filled(unit))] as [
        string,
        () => string,
      ],
  ),
  ['one byte at a time', () => chat(filled('a', 16 * 1024)), { pieces: 1 }],
  ['a packed body', () => gzipSync(Buffer.alloc(N * 64)), { encoding: 'gzip' }],
  ['a long header', () => chat('a'), { headers: { 'x-long': filled('a', 15_000) } }],
  [
    'many headers',
    () => chat('a'),
    { headers: Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`x-${i}`, '1'])) },
  ],
  ['an address that ends in what none has', () => 'a', { path: `http://${'a'.repeat(15_000)}/#` }],
  [
    'spaces behind the type of a form',
    () => 'a',
    { path: '/shop', type: `multipart/form-data; boundary=a${' '.repeat(15_000)}a` },
  ],
  ['a long query', () => chat('a'), { path: `/v1/chat/completions?${filled('a=1&', 12_000)}` }],
  ...['a=1&', '%41', 'a%2541=%253c&', '+', '&'].map(
    (unit) =>
      [
        `a form of ${unit}`,
        () => filled(unit),
        { path: '/shop', type: 'application/x-www-form-urlencoded' },
      ] as [string, () => string, Sent],
  ),
  ['many parts', () => filled(part), { path: '/shop', type: multipart }],
  ['marks of parts', () => filled(`--${bound}`), { path: '/shop', type: multipart }],
  ['characters by number', () => filled('&#60;'), { path: '/shop', type: 'application/xml' }],
  ['quotes', () => filled('"'), { path: '/shop', type: 'text/plain' }],
  ['strings of JSON', () => `[${filled('"ab",')}""]`, { path: '/shop' }],
  ['elements without end', () => filled('<a>'), { path: '/spoken', type: 'application/xml' }],
  [
    'attributes without end',
    () => `<a ${filled('b="1" ')}/>`,
    { path: '/spoken', type: 'application/xml' },
  ],
  ['entities of entities', () => laughs, { path: '/spoken', type: 'application/xml' }],
  ['aliases of aliases', () => aliases, { path: '/spoken', type: 'application/yaml' }],
  [
    'lists in lists of YAML',
    () => filled('- ', 40_000),
    { path: '/spoken', type: 'application/yaml' },
  ],
  ['columns without end', () => filled('a,'), { path: '/spoken', type: 'text/csv' }],
  [
    'fields of a form',
    () => filled('a[b][c][d]=1&'),
    { path: '/spoken', type: 'application/x-www-form-urlencoded' },
  ],
  [
    'arrays of MessagePack',
    () => Buffer.alloc(N, 0x91),
    { path: '/spoken', type: 'application/msgpack' },
  ],
  [
    'a list that says it is long',
    () => Buffer.from([0xdd, 0x7f, 0xff, 0xff, 0xff, 1]),
    { path: '/spoken', type: 'application/msgpack' },
  ],
  ['arrays of CBOR', () => Buffer.alloc(N, 0x81), { path: '/spoken', type: 'application/cbor' }],
  [
    'bytes that say they are long',
    () => Buffer.from([0x5b, 0, 0, 0, 1, 0, 0, 0, 0, 1]),
    { path: '/spoken', type: 'application/cbor' },
  ],
];

const events = 'text/event-stream';
const streamed = JSON.stringify({ model: 'chat', stream: true, messages: [] });
const delta = (content: string): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`;

/** What a provider or an upstream answers. */
const answers: readonly [
  name: string,
  type: string,
  body: () => Buffer,
  pieces?: number | undefined,
  head?: Record<string, string>,
][] = [
  ['a line without end', events, () => Buffer.from(`data: ${filled('a', N * 4)}`)],
  ['a line without end, in bits', events, () => Buffer.from(`data: ${filled('a', N)}`), 64],
  ['a word without end', events, () => Buffer.from(filled(delta('abcdefgh')))],
  ['digits without end', events, () => Buffer.from(filled(delta('4111 ')))],
  ['line feeds', events, () => Buffer.from(filled('\n'))],
  ['comments', events, () => Buffer.from(filled(': a\n\n'))],
  ['events in bits', events, () => Buffer.from(filled(delta('hi ')).slice(0, 64 * 1024)), 3],
  ['arrays without end', 'application/json', () => Buffer.from(filled('['))],
  [
    'a long text',
    'application/json',
    () => Buffer.from(JSON.stringify({ choices: [{ message: { content: filled('1 ') } }] })),
  ],
  [
    'a packed answer',
    'application/json',
    () => brotliCompressSync(Buffer.alloc(N * 64)),
    undefined,
    { 'content-encoding': 'br' },
  ],
  ['text in bits', 'text/plain', () => Buffer.from(filled('4111 ', 64 * 1024)), 3],
];

describe('ME8: the rule of a hundred', () => {
  it('holds for every input, and every answer', { timeout: 240_000 }, async () => {
    await start();
    // Just-in-time compilers are at it for a while.
    for (let i = 0; i < 30; i += 1) expect(await ask(chat(prose))).toBe(200);
    const before = used();
    for (let i = 0; i < 20; i += 1) await ask(chat(prose));
    ordinaryMs = Math.max(1, (used().cpuMs - before.cpuMs) / 20);

    const found: string[] = [];
    const look = async (name: string, bytes: number, act: () => Promise<number>) => {
      const at = used();
      const status = await act();
      const now = used();
      const cpu = now.cpuMs - at.cpuMs;
      const grown = now.bytes - at.bytes;
      // What is smaller than an ordinary one of N bytes may take as much as that.
      const mayTake = 100 * ordinaryMs * Math.max(bytes / N, 0.05);
      if (cpu > mayTake) found.push(`${name}: ${cpu} ms, where ${mayTake.toFixed(0)} may be`);
      if (grown > 100 * bytes + SLACK_BYTES) found.push(`${name}: ${grown} bytes of ${bytes}`);
      // Of a caller's own doing nothing is the gateway's fault; and it goes on.
      if (status === 500) found.push(`${name}: ${status}`);
      expect([name, gateway.child.exitCode]).toEqual([name, null]);
      return cpu;
    };

    let dearest: [string, number] = ['', 0];
    for (const [name, make, sent] of inputs) {
      const body = make();
      const size = onWire(body.length, sent?.pieces);
      const cpu = await look(name, size, () => ask(body, sent));
      if (cpu > dearest[1]) dearest = [name, cpu];
    }
    for (const [name, type, make, pieces, head] of answers) {
      const bytes = make();
      for (const [where, body, sent] of [
        ['a model', type === events ? streamed : chat('a'), {}],
        ['an API', '{}', { path: '/shop' }],
      ] as const) {
        say = (response) => void write(response, type, bytes, pieces, head);
        const size = onWire(bytes.length, pieces);
        const cpu = await look(`${name} of ${where}`, size, () => ask(body, sent));
        if (cpu > dearest[1]) dearest = [`${name} of ${where}`, cpu];
      }
    }
    say = well;
    expect(found).toEqual([]);
    expect((await fetch(`${gateway.address('gateway')}/health/live`)).status).toBe(200);
    console.log(
      `an ordinary request of ${N} bytes: ${ordinaryMs.toFixed(1)} ms; the dearest: ${dearest[1]} ms (${dearest[0]})`,
    );
    gateway.child.kill('SIGTERM');
    expect((await gateway.ended).code).toBe(0);
  });
});

async function write(
  response: ServerResponse,
  type: string,
  bytes: Buffer,
  pieces: number = bytes.length,
  head: Record<string, string> = {},
): Promise<void> {
  response.on('error', () => undefined);
  response.writeHead(200, { 'content-type': type, ...head });
  for (let at = 0; at < bytes.length && !response.destroyed; at += pieces) {
    response.write(bytes.subarray(at, at + pieces));
    if (at % (pieces * 16) === 0) await setImmediate();
  }
  response.end();
}
