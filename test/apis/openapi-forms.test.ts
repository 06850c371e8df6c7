import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { echo, sharedUpstream, type HttpUpstream } from './upstream.ts';

const described = `
openapi: 3.1.0
info: { title: Forms, version: "1" }
paths:
  /up:
    post:
      requestBody:
        required: true
        content:
          multipart/form-data:
            schema:
              allOf:
                - $ref: '#/components/schemas/Upload'
                - { properties: { tags: { type: array, maxItems: 2, items: { type: string, maxLength: 3 } } } }
              unevaluatedProperties: false
            encoding:
              picture:
                contentType: image/png, image/*
                headers: { X-Width: { required: true, schema: { type: integer } } }
              raw: { contentType: application/vnd.x+json }
      responses: { 200: { description: ok } }
  /form:
    post:
      requestBody:
        content:
          application/x-www-form-urlencoded:
            schema:
              type: object
              additionalProperties: false
              required: [qty]
              properties:
                qty: { type: integer, maximum: 9 }
                ids: { type: array, items: { type: integer } }
                piped: { type: array, items: { type: integer } }
                filter: { type: object, properties: { n: { type: integer } }, additionalProperties: false }
                point: { type: object, required: [x], properties: { x: { type: integer } } }
                constructor: { type: boolean }
            encoding:
              ids: { explode: false }
              piped: { style: pipeDelimited }
              filter: { style: deepObject }
      responses: { 200: { description: ok } }
components:
  schemas:
    Upload:
      type: object
      required: [title]
      properties:
        title: { type: string, minLength: 2 }
        count: { type: integer }
        meta: { $ref: '#/components/schemas/Meta' }
        metas: { type: array, items: { $ref: '#/components/schemas/Meta' } }
        file: { type: string, format: binary, maxLength: 5 }
        picture: { contentMediaType: image/png }
        raw: { type: object, properties: { n: { type: integer } } }
    Meta: { type: object, required: [n], properties: { n: { type: integer } }, additionalProperties: false }
`;

interface PartOf {
  readonly name: string;
  readonly head?: string;
  readonly file?: string;
  readonly value: string;
}

const B = 'a-boundary';
const multipart = (parts: readonly PartOf[], end = `\r\n--${B}--\r\n`): string =>
  parts
    .map(
      ({ name, file, head = '', value }) =>
        `\r\n--${B}\r\nContent-Disposition: form-data; name="${name}"${file === undefined ? '' : `; filename="${file}"`}\r\n${head}\r\n${value}`,
    )
    .join('')
    .slice(2) + end;

const title = { name: 'title', value: 'ab' };
const json = 'Content-Type: application/json\r\n';
const png = 'Content-Type: image/png\r\n';

describe('forms that are described', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitalgate-test-'));
  let upstream: HttpUpstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    writeFileSync(join(folder, 'forms.yaml'), described);
    upstream = await sharedUpstream(echo);
    const one = (name: string, mode: string) =>
      `  - { name: ${name}, path: /${name}, rewrite: /, private: true, upstreams: ["${upstream.url}"], openapi: { document: "${join(folder, 'forms.yaml')}", requests: ${mode} } }\n`;
    gateway = await sharedGateway({
      config: `server: { maxBody: 256KiB }
apis:
${one('strict', 'enforce')}${one('told', 'report')}keys: [{ name: client, secret: ${KEY} }]
`,
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const send = async (
    path: string,
    body: RequestInit['body'],
    type: string | undefined = `multipart/form-data; boundary=${B}`,
    headers: Record<string, string> = {},
  ) => {
    const answer = await fetch(gateway.url + path, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${KEY}`,
        ...(type === '' ? {} : { 'content-type': type }),
        ...headers,
      },
      body: body ?? null,
    });
    const told = (await answer.json()) as { errors?: { pointer: string; detail: string }[] };
    return [answer.status, ...(told.errors ?? []).map((one) => one.pointer)] as const;
  };

  it.each<[string, PartOf[], number, ...string[]]>([
    ['a text', [title], 200],
    ['a number in text', [title, { name: 'count', value: '7' }], 200],
    ['no number', [title, { name: 'count', value: 'seven' }], 400, '/count'],
    ['what is required', [{ name: 'count', value: '7' }], 400, ''],
    ['a field nobody knows', [title, { name: 'other', value: '7' }], 400, ''],
    ['two of what is one', [title, title], 400, '/title'],
    ['a list', [title, { name: 'tags', value: 'a' }, { name: 'tags', value: 'b' }], 200],
    ['a list of one', [title, { name: 'tags', value: 'a' }], 200],
    [
      'a member of a list',
      [title, { name: 'tags', value: 'a' }, { name: 'tags', value: 'long' }],
      400,
      '/tags/1',
    ],
    ['JSON', [title, { name: 'meta', head: json, value: '{"n":1}' }], 200],
    ['JSON that says nothing of itself', [title, { name: 'meta', value: '{"n":1}' }], 200],
    [
      'JSON whose number is a text',
      [title, { name: 'meta', head: json, value: '{"n":"1"}' }],
      400,
      '/meta/n',
    ],
    ['broken JSON', [title, { name: 'meta', head: json, value: '{"n":' }], 400, '/meta'],
    [
      'a record in XML',
      [title, { name: 'meta', head: 'Content-Type: text/xml\r\n', value: '<n/>' }],
      400,
      '/meta',
    ],
    [
      'a list of records',
      [title, { name: 'metas', value: '{"n":1}' }, { name: 'metas', value: '{"m":1}' }],
      400,
      '/metas/1',
      '/metas/1',
    ],
    ['a file', [title, { name: 'file', file: 'a.bin', value: '12345' }], 200],
    [
      'a file that is too long',
      [title, { name: 'file', file: 'a.bin', value: '123456' }],
      400,
      '/file',
    ],
    [
      'a picture',
      [
        title,
        {
          name: 'picture',
          file: 'a.gif',
          head: 'Content-Type: image/gif\r\nX-Width: 7\r\n',
          value: 'GIF',
        },
      ],
      200,
    ],
    [
      'a picture that is none',
      [
        title,
        {
          name: 'picture',
          file: 'a.txt',
          head: 'Content-Type: text/plain\r\nX-Width: 7\r\n',
          value: 'x',
        },
      ],
      400,
      '/picture',
    ],
    [
      'a part without its field',
      [title, { name: 'picture', file: 'a.png', head: png, value: 'x' }],
      400,
      '/picture',
    ],
    [
      'a part whose field is none',
      [title, { name: 'picture', file: 'a.png', head: `${png}X-Width: wide\r\n`, value: 'x' }],
      400,
      '/picture',
    ],
    [
      'a type of its own',
      [
        title,
        { name: 'raw', head: 'Content-Type: application/vnd.x+json\r\n', value: '{"n":"x"}' },
      ],
      400,
      '/raw/n',
    ],
    ['a boundary in a value', [{ name: 'title', value: `x--${B}\r\n--${B}x--${B}` }], 200],
  ])('multipart: %s', async (_name, parts, status, ...pointers) => {
    expect(await send('/strict/up', multipart(parts))).toEqual([status, ...pointers]);
  });

  it.each([
    ['no boundary told', multipart([title]), 'multipart/form-data'],
    ['another boundary', multipart([title]), 'multipart/form-data; boundary=other'],
    ['no end', multipart([title], ''), undefined],
    [
      'a part without a name',
      `--${B}\r\nContent-Disposition: form-data\r\n\r\nx\r\n--${B}--`,
      undefined,
    ],
    ['a part without a head', `--${B}\r\nx\r\n--${B}--`, undefined],
    ['a head without an end', `--${B}\r\nx: ${'y'.repeat(20_000)}\r\n\r\n\r\n--${B}--`, undefined],
    ['too many parts', multipart(Array.from({ length: 1001 }, () => title)), undefined],
  ])('multipart that is none: %s', async (_name, body, type) => {
    expect(await send('/strict/up', body, type)).toEqual([400, '']);
  });

  it('takes what clients make, as it came', async () => {
    const data = new FormData();
    data.append('title', 'ab "quoted" ü');
    data.append('meta', new Blob(['{"n":1}'], { type: 'application/json' }), 'blob');
    data.append('file', new Blob(['12345']), 'naïve "file".bin');
    expect(await send('/strict/up', data, '')).toEqual([200]);
    expect(upstream.sent.at(-1)?.body).toContain('ab "quoted" ü');
    const packed = new Uint8Array(gzipSync(multipart([title, { name: 'count', value: 'x' }])));
    const coding = { 'content-encoding': 'gzip' };
    expect(await send('/strict/up', packed, undefined, coding)).toEqual([400, '/count']);
  });

  it.each([
    ['qty=3', 200],
    ['qty=10', 400, '/qty'],
    ['qty=3&qty=4', 400, '/qty'],
    ['ids=1,2', 400, ''],
    ['qty=1&ids=1,2', 200],
    ['qty=1&ids=1,x', 400, '/ids/1'],
    ['qty=1&piped=1%7C2', 200],
    ['qty=1&piped=1%7Cx', 400, '/piped/1'],
    ['qty=1&filter[n]=1', 200],
    ['qty=1&filter[n]=x', 400, '/filter/n'],
    ['qty=1&filter[m]=1', 400, '/filter'],
    ['qty=1&point={"x":1}', 200],
    ['qty=1&point={}', 400, '/point'],
    // A record that is spread over names of its own is not taken apart, and so not judged.
    ['qty=1&x=1', 200],
    ['qty=1&constructor=true', 200],
    ['qty=1&constructor=x', 400, '/constructor'],
    ['qty=1&__proto__=x&point={"x":1}', 400, ''],
  ])('urlencoded: %s', async (body, ...expected) => {
    const type = 'application/x-www-form-urlencoded';
    expect(await send('/strict/form', body, type)).toEqual(expected);
  });

  it('is told and lets pass where that is all that was asked for, uploads beyond what is read as well', async () => {
    expect(await send('/told/up', multipart([{ name: 'count', value: 'x' }]))).toEqual([200]);
    expect(gateway.logged.join('')).toContain('a request is not as described');
    const large = multipart([title, { name: 'file', file: 'a', value: 'x'.repeat(300_000) }]);
    expect(await send('/told/up', large)).toEqual([200]);
    expect((await send('/strict/up', large))[0]).toBe(413);
  });
});
