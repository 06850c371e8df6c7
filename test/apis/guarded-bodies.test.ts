import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { KEY, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { sharedUpstream, type HttpUpstream } from './upstream.ts';

/** Guardrails on bodies of HTTP APIs, both ways: the verdict is the same however a body is sent. */

const CARD = '4111 1111 1111 1111';
const SECRET = `ghp_${'a1B2c3D4e5F6g7H8i9J0'.repeat(2).slice(0, 36)}`;

let upstream: HttpUpstream;
let gateway: TestGateway;
let got: { body: string; headers: IncomingMessage['headers'] }[] = [];
let say: (response: ServerResponse) => void;

beforeAll(async () => {
  upstream = await sharedUpstream(async (request, response) => {
    const body = await buffer(request);
    got.push({ body: body.toString(), headers: request.headers });
    say(response);
  });
  const at = `upstreams: ["${upstream.url}"], private: true`;
  gateway = await sharedGateway({
    config: `server: { maxBody: 1MiB }
guardrails:
  - { name: attacks, on: request, detect: attacks, action: block, appliesTo: named }
  - { name: no-secrets, detect: secrets, action: block, appliesTo: named }
  - { name: cards, detect: card, action: redact, appliesTo: named }
  - { name: people, on: request, detect: email, action: redact, restore: true, appliesTo: named }
  - { name: watched, detect: pii, action: flag, appliesTo: named }
  - { name: short, on: request, detect: { maxCharacters: 50 }, action: block, appliesTo: named }
apis:
  - { name: attacked, path: /attacked, ${at}, guardrails: [attacks] }
  - { name: secret, path: /secret, ${at}, guardrails: [no-secrets] }
  - { name: cards, path: /cards, ${at}, guardrails: [cards] }
  - { name: people, path: /people, ${at}, guardrails: [people] }
  - { name: watched, path: /watched, ${at}, guardrails: [watched] }
  - { name: short, path: /short, ${at}, guardrails: [short] }
  - { name: xml, path: /xml, ${at}, guardrails: [cards, no-secrets], formats: { upstream: json, offered: [xml, json] } }
keys: [{ name: client, secret: ${KEY} }]
`,
  });
});
beforeEach(() => {
  got = [];
  say = (response) => response.end('well');
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

const call = (path: string, init: RequestInit = {}) =>
  fetch(gateway.url + path, {
    ...init,
    headers: { authorization: `Bearer ${KEY}`, ...(init.headers as Record<string, string>) },
  });

const send = (path: string, type: string, body: string | Uint8Array, chunked = false) =>
  call(path, {
    method: 'POST',
    headers: type === '' ? {} : { 'content-type': type },
    body: chunked ? streamOf(body) : (body as string),
    ...(chunked && { duplex: 'half' }),
  });

const streamOf = (body: string | Uint8Array): ReadableStream =>
  new ReadableStream({
    start(controller) {
      const bytes = Buffer.from(body);
      for (let at = 0; at < bytes.length; at += 7) {
        controller.enqueue(new Uint8Array(bytes.subarray(at, at + 7)));
      }
      controller.close();
    },
  });

const bound = 'XbX';
const multipart = `multipart/form-data; boundary=${bound}`;
const part = (head: string, text: string): string =>
  `--${bound}\r\ncontent-disposition: form-data; ${head}\r\n\r\n${text}\r\n--${bound}--\r\n`;

/** One thing said in each way in which a body can say it. */
const ways = (text: string): [name: string, type: string, body: string][] => {
  const json = JSON.stringify(text);
  const escaped = text
    .split('')
    .map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const percent = [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`);
  return [
    ['a value of JSON', 'application/json', `{"a":{"b":[1,${json}]}}`],
    ['the name of a field', 'application/json', `{${json}:1}`],
    ['escapes', 'application/vnd.shop+json', `{"a":"${escaped.join('')}"}`],
    ['JSON that is one string', 'application/json', json],
    ['JSON that says it is text', 'text/plain', `{"a":"${escaped.join('')}"}`],
    ['JSON that says nothing', '', `["${escaped.join('')}"]`],
    ['lines of JSON', 'application/x-ndjson', `{"a":1}\n{"a":${json}}\n`],
    ['a form', 'application/x-www-form-urlencoded', `x=1&q=${encodeURIComponent(text)}`],
    ['a form, every byte escaped', 'application/x-www-form-urlencoded', `q=${percent.join('')}`],
    ['the name in a form', 'application/x-www-form-urlencoded', `${encodeURIComponent(text)}=1`],
    ['a part', multipart, part('name="q"', text)],
    ['a file', multipart, part('name="f"; filename="f.txt"', text)],
    ['text', 'text/plain', `so: ${text} !`],
    ['YAML', 'application/yaml', `a: ${json}\n`],
    ['a picture that is none', 'image/png', `so: ${text} !`],
    ['no type', '', `so: ${text} !`],
  ];
};

describe.each(ways(SECRET))('a secret in %s', (_, type, body) => {
  it.each([false, true])('is refused before anybody sees it; in chunks: %s', async (chunked) => {
    const answer = await send('/secret', type, body, chunked);
    const told = await answer.text();
    expect([answer.status, told.includes('guardrail_blocked')]).toEqual([400, true]);
    expect(told).not.toContain(SECRET);
    expect(got).toEqual([]);
  });
});

const refusable = ["1' OR '1'='1", '; cat /etc/passwd', '<script>alert(1)</script>'];
describe.each(refusable)('%s', (attack) => {
  it.each(ways(attack))('is refused in %s', async (_, type, body) => {
    const answer = await send('/attacked', type, body);
    expect([answer.status, await answer.text()]).toEqual([
      400,
      expect.stringContaining('guardrail_blocked') as string,
    ]);
    expect(got).toEqual([]);
  });
});

it('markup by numbers in XML, and a form encoded twice, are read as they will be', async () => {
  const twice = encodeURIComponent(encodeURIComponent('<script>alert(1)</script>'));
  const form = 'application/x-www-form-urlencoded';
  for (const [type, body] of [
    ['application/xml', '<q>&#60;script&gt;alert(1)&#x3c;/script&gt;</q>'],
    ['application/xml', '<q>&#0000000060;script&gt;alert(1)&#x0000003c;/script&gt;</q>'],
    [form, `q=${twice}`],
    // A server that takes any byte reads the others.
    [form, 'q=%ff%3Cscript%3Ealert(1)%3C/script%3E'],
  ] as const) {
    expect((await send('/attacked', type, body)).status).toBe(400);
  }
});

describe('what cannot be read', () => {
  const json = JSON.stringify({ a: SECRET });
  const utf16 = Buffer.from(json, 'utf16le');
  it.each<[string, string, Record<string, string>, Uint8Array]>([
    ['compressed', 'application/json', { 'content-encoding': 'gzip' }, gzipSync(json)],
    ['in UTF-16', 'application/json', {}, utf16],
    ['in a charset', 'application/json; charset=utf-7', {}, Buffer.from(json)],
    ['in CBOR', 'application/cbor', {}, Buffer.from([0x61, 0x62])],
    ['no JSON', 'application/json', {}, Buffer.from(`{"a":'${SECRET}'}`)],
    ['too deep', 'application/json', {}, Buffer.from('['.repeat(600) + ']'.repeat(600))],
    ['parts without an end', multipart, {}, Buffer.from(`--${bound}\r\n\r\n${SECRET}`)],
    // A picture to who parts it here, and a text with a secret in it to who does at lines alone.
    [
      'a boundary within a line',
      multipart,
      {},
      Buffer.from(part('name="a"', `x--${bound}\r\ncontent-type: image/png\r\n\r\n\0${SECRET}`)),
    ],
    [
      'a boundary after half an end of a line',
      multipart,
      {},
      Buffer.from(
        part('name="a"; filename="a"', `\0\n--${bound}\ncontent-type: text/plain\n\n${SECRET}`),
      ),
    ],
    [
      'a part of two types',
      multipart,
      {},
      Buffer.from(
        part('name="a"\r\ncontent-type: text/plain\r\ncontent-type: image/png', `\0${SECRET}`),
      ),
    ],
  ])('%s, is refused', async (_, type, headers, body) => {
    const init = { method: 'POST', headers: { 'content-type': type, ...headers } };
    const answer = await call('/secret', { ...init, body: body as unknown as string });
    expect([answer.status, (await answer.text()).includes('guardrail_blocked')]).toEqual([
      400,
      true,
    ]);
    expect(got).toEqual([]);
    // A guardrail that only flags lets it pass.
    expect((await call('/watched', { ...init, body: body as unknown as string })).status).toBe(200);
    expect(got).toHaveLength(1);
  });

  it('a picture passes as it is', async () => {
    const bytes = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff, 0x00, 0xfe]);
    expect((await send('/secret', 'image/png', bytes)).status).toBe(200);
    const file = Buffer.concat([
      Buffer.from(
        `--${bound}\r\ncontent-disposition: form-data; name="f"; filename="a.png"\r\n\r\n`,
      ),
      bytes,
      Buffer.from(`\r\n--${bound}--\r\n`),
    ]);
    expect((await send('/secret', multipart, file)).status).toBe(200);
  });

  it('a body over the limit is refused', async () => {
    const answer = await send('/secret', 'text/plain', 'x'.repeat(1024 * 1024 + 1), true);
    expect(answer.status).toBe(413);
  });
});

describe('what is taken out', () => {
  it.each<[string, string, string]>([
    ['application/json', `{"a": "${CARD}", "n":4111111111111111}`, '{"a": "[CARD]", "n":"[CARD]"}'],
    ['application/x-www-form-urlencoded', 'a=b&c=4111+1111+1111+1111', 'a=b&c=%5BCARD%5D'],
    ['text/csv', `id,card\n1,${CARD}\n`, 'id,card\n1,[CARD]\n'],
    [multipart, part('name="c"', CARD), part('name="c"', '[CARD]')],
  ])('%s', async (type, body, expected) => {
    for (const chunked of [false, true]) {
      got = [];
      const answer = await send('/cards', type, body, chunked);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('x-vitalgate-guardrails')).toBe('cards;redacted');
      expect(got[0]?.body).toBe(expected);
      expect(got[0]?.headers['content-length']).toBe(String(expected.length));
    }
  });

  it('what has nothing in it keeps its bytes', async () => {
    const body = '{ "a" : 1.0,\t"b":"\\u0041" }';
    await send('/cards', 'application/json', body);
    expect(got[0]?.body).toBe(body);
  });

  it('comes back where the answer repeats its placeholder', async () => {
    say = (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(got[0]?.body);
    };
    const answer = await send('/people', 'application/json', '{"to":"bob@example.com"}');
    expect(got[0]?.body).toMatch(/\[EMAIL_1_\w+\]/);
    expect(await answer.json()).toEqual({ to: 'bob@example.com' });
  });

  it('sizes count', async () => {
    expect((await send('/short', 'application/json', '{"a":"short"}')).status).toBe(200);
    const long = JSON.stringify({ a: 'x'.repeat(30), b: 'y'.repeat(30) });
    expect((await send('/short', 'application/json', long)).status).toBe(400);
  });
});

/** An answer, whole or as it comes. */
const saying =
  (type: string, pieces: readonly string[], isWhole: boolean) =>
  (response: ServerResponse): void => {
    const body = pieces.join('');
    response.writeHead(200, {
      'content-type': type,
      ...(isWhole && { 'content-length': Buffer.byteLength(body) }),
    });
    void (async () => {
      for (const piece of isWhole ? [body] : pieces) {
        await new Promise<void>((resolve) => response.write(piece, () => resolve()));
      }
      response.end();
    })();
  };

const answers = (text: string): [name: string, type: string, pieces: string[]][] => {
  const [a, b] = [text.slice(0, 9), text.slice(9)];
  return [
    ['JSON', 'application/json', [`{"a":"so ${a}`, `${b} !"}`]],
    ['text', 'text/plain', ['so ', a, b, ' !']],
    ['HTML', 'text/html', [`<p>${a}`, `${b}</p>`]],
    ['lines', 'application/x-ndjson', ['{"a":1}\n{"a":"', a, b, '"}\n']],
    ['events', 'text/event-stream', ['data: so\n\n', `data: ${a}${b}\n\n`]],
    ['events of JSON', 'text/event-stream', [`data: {"a":"${a}`, `${b}"}\n\n`]],
    [
      'pieces of a text',
      'text/event-stream',
      [`data: {"delta":"${a}"}\n\n`, `data: {"delta":"${b} "}\n\n`],
    ],
    ['pieces of plain events', 'text/event-stream', [`data: ${a}\n\n`, `data: ${b}\n\n`]],
  ];
};

describe.each([true, false])('answers; whole: %s', (isWhole) => {
  it.each(answers(SECRET))('with a secret are blocked: %s', async (_, type, pieces) => {
    say = saying(type, pieces, isWhole);
    // What has left cannot be taken back, and whoever reads it sees that it is cut.
    const answer = await call('/secret').catch(() => undefined);
    const told = (await answer?.text().catch(() => 'cut')) ?? 'cut';
    expect(told).toMatch(/guardrail_blocked|cut/);
    if (isWhole && type !== 'text/event-stream') expect(answer?.status).toBe(400);
    expect(told).not.toContain(SECRET.slice(9));
  });

  it.each(answers(CARD))('with a card lose it: %s', async (_, type, pieces) => {
    say = saying(type, pieces, isWhole);
    const answer = await call('/cards');
    const told = await answer.text();
    expect(answer.status).toBe(200);
    expect(told).toContain('[CARD]');
    expect(told).not.toMatch(/1111/);
  });

  it('that hold nothing keep their bytes', async () => {
    for (const [, type, pieces] of answers('no number here')) {
      say = saying(type, pieces, isWhole);
      expect(await (await call('/cards')).text()).toBe(pieces.join(''));
    }
  });
});

describe('answers', () => {
  it('are asked for whole and plain', async () => {
    await call('/cards', { headers: { range: 'bytes=0-9', 'accept-encoding': 'br' } });
    expect(got[0]?.headers).toMatchObject({ 'accept-encoding': 'identity' });
    expect(got[0]?.headers.range).toBeUndefined();
  });

  it('that are compressed all the same are refused', async () => {
    say = (response) => {
      response.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip' });
      response.end(gzipSync('well'));
    };
    expect((await call('/secret')).status).toBe(400);
    expect((await call('/watched')).status).toBe(200);
  });

  it('that are pictures pass as they are', async () => {
    const bytes = Buffer.from([0xff, 0xd8, 0x00, 0xff]);
    say = (response) => response.writeHead(200, { 'content-type': 'image/jpeg' }).end(bytes);
    expect(Buffer.from(await (await call('/secret')).arrayBuffer())).toEqual(bytes);
  });

  it('are judged before they are carried over into another format', async () => {
    say = saying('application/json', [`{"card":"${CARD}"}`], true);
    const headers = { accept: 'application/xml' };
    const answer = await call('/xml', { headers });
    expect(await answer.text()).toContain('[CARD]');
    say = saying('application/json', [`{"card":"${SECRET}"}`], true);
    expect((await call('/xml', { headers })).status).toBe(400);
    got = [];
    say = saying('application/json', ['{"a":1}'], true);
    const told = await send('/xml', 'application/xml', `<a><b>${CARD}</b></a>`);
    expect(told.status).toBe(200);
    expect(got[0]?.body).toContain('[CARD]');
  });

  it('that are blocked are no mark against their upstream', async () => {
    say = saying('application/json', [`{"a":"${SECRET}"}`], true);
    for (let i = 0; i < 5; i += 1) expect((await call('/secret')).status).toBe(400);
    say = (response) => response.end('well');
    expect((await call('/secret')).status).toBe(200);
  });

  it('of a server that is silent have their head at once where they are events', async () => {
    say = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
    };
    const answer = await call('/secret');
    expect(answer.status).toBe(200);
    await answer.body?.cancel();
  });
});
