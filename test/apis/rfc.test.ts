import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { parseRaw, rawExchange, type Raw } from './raw.ts';

const AUTH = `authorization: Bearer ${KEY}\r\n`;

/** An upstream whose bytes a case decides, and which keeps the bytes it was sent. */
class RawUpstream {
  seen = '';
  says = '';
  readonly #server: Server;

  constructor() {
    this.#server = createServer((socket) => this.#serve(socket));
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
  }

  #serve(socket: Socket): void {
    let head = '';
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      head += chunk.toString('latin1');
      this.seen = head;
      const end = head.indexOf('\r\n\r\n');
      if (end === -1 || !isWhole(head, end + 4)) return;
      head = '';
      socket.end(Buffer.from(this.says, 'latin1'));
    });
  }
}

function isWhole(message: string, bodyAt: number): boolean {
  const length = /\r\ncontent-length: (\d+)/i.exec(message)?.[1];
  if (length !== undefined) return message.length - bodyAt >= Number(length);
  return !/\r\ntransfer-encoding: chunked/i.test(message) || message.endsWith('0\r\n\r\n');
}

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

const PARTS =
  '--B\r\ncontent-range: bytes 0-1/9\r\n\r\nok\r\n' +
  '--B\r\ncontent-range: bytes 4-5/9\r\n\r\nno\r\n--B--\r\n';

interface Case {
  readonly section: string;
  readonly rule: string;
  /** The request; `{AUTH}` stands for the key. */
  readonly sends: string;
  /** What the upstream says; 200 when not given. */
  readonly says?: string;
  readonly expect: (answer: Raw, seen: string) => void;
}

const get = (fields = '', version = '1.1') =>
  `GET /r/x HTTP/${version}\r\nhost: gw.example\r\nconnection: close\r\n{AUTH}${fields}\r\n`;

const field = (seen: string, name: string): string | undefined =>
  new RegExp(`^${name}: ?(.*)$`, 'im').exec(seen.replaceAll('\r', ''))?.[1];

const cases: readonly Case[] = [
  {
    section: '9110 5.3',
    rule: 'lines of one field keep their order',
    sends: get('x-a: 1\r\nx-b: 2\r\nx-a: 3\r\n'),
    expect: (_answer, seen) => expect(seen).toMatch(/x-a: 1\r\nx-b: 2\r\nx-a: 3\r\n/),
  },
  {
    section: '9110 5.5',
    rule: 'bytes beyond ASCII in a value stay what they are',
    sends: get('x-name: Zoë\r\n'),
    says: 'HTTP/1.1 200 OK\r\nx-name: Zo\xeb\r\ncontent-length: 0\r\n\r\n',
    expect: (answer, seen) => {
      expect(seen).toContain(Buffer.from('x-name: Zoë').toString('latin1'));
      expect(answer.headers['x-name']).toBe('Zo\xeb');
    },
  },
  {
    section: '9110 6.5',
    rule: 'trailers of an answer are passed on, but those that control',
    sends: get('te: trailers\r\n'),
    says: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n2\r\nok\r\n0\r\nx-sum: abc\r\nset-cookie: a=b\r\n\r\n',
    expect: (answer, seen) => {
      expect(field(seen, 'te')).toBe('trailers');
      expect(answer.headers['trailer']).toBe('x-sum');
      expect(answer.body).toBe('2\r\nok\r\n0\r\nx-sum: abc\r\n\r\n');
    },
  },
  {
    section: '9110 6.5.1',
    rule: 'trailers of a request are left out, and become no fields',
    sends: `POST /r/x HTTP/1.1\r\nhost: gw.example\r\nconnection: close\r\n{AUTH}transfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nauthorization: Bearer other\r\nx-forwarded-for: 9.9.9.9\r\n\r\n`,
    expect: (answer, seen) => {
      expect(answer.status).toBe(200);
      expect(seen).not.toContain('other');
      expect(seen).not.toContain('9.9.9.9');
      expect(seen).toContain('2\r\nhi\r\n0\r\n\r\n');
    },
  },
  {
    section: '9110 7.6.1',
    rule: 'what connection names is not passed on, either way',
    sends: get('x-hop: 1\r\nkeep-alive: timeout=9\r\nproxy-connection: x\r\nx-end: 1\r\n').replace(
      'connection: close',
      'connection: close, X-Hop, keep-alive',
    ),
    says: 'HTTP/1.1 200 OK\r\nconnection: close, X-Back\r\nx-back: 1\r\nkeep-alive: timeout=3\r\nx-stay: 1\r\ncontent-length: 0\r\n\r\n',
    expect: (answer, seen) => {
      expect(seen).not.toMatch(/x-hop|keep-alive: timeout|proxy-connection/i);
      expect(field(seen, 'x-end')).toBe('1');
      expect(answer.headers['x-back']).toBeUndefined();
      expect(answer.headers['keep-alive']).toBeUndefined();
      expect(answer.headers['x-stay']).toBe('1');
    },
  },
  {
    section: '9110 7.6.1',
    rule: 'connection takes away nothing that the gateway sets, and no length',
    sends: `POST /r/x HTTP/1.1\r\nhost: gw.example\r\nconnection: close, x-forwarded-for, x-request-id, host, content-length, via\r\n{AUTH}content-length: 2\r\n\r\nhi`,
    expect: (_answer, seen) => {
      expect(field(seen, 'x-forwarded-for')).toBe('127.0.0.1');
      expect(field(seen, 'x-request-id')).toMatch(/^req_/);
      expect(field(seen, 'content-length')).toBe('2');
      expect(field(seen, 'via')).toBe('1.1 vitalgate');
      expect(seen.endsWith('hi')).toBe(true);
    },
  },
  {
    section: '9110 7.6.2',
    rule: 'max-forwards is for the origin, and passes',
    sends: get('max-forwards: 0\r\n').replace('GET', 'OPTIONS'),
    expect: (answer, seen) =>
      expect([answer.status, field(seen, 'max-forwards')]).toEqual([200, '0']),
  },
  {
    section: '9110 7.6.3',
    rule: 'via is added to',
    sends: get('via: 1.0 fred\r\n'),
    expect: (_answer, seen) => expect(field(seen, 'via')).toBe('1.0 fred, 1.1 vitalgate'),
  },
  {
    section: '9110 7.8',
    rule: 'an upgrade nobody asked for is an error',
    sends: get(),
    says: 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
    expect: (answer) => expect(answer.status).toBe(502),
  },
  {
    section: '9110 7.8',
    rule: 'another protocol is not offered on, and the request is one of HTTP/1.1',
    sends: get('upgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n').replace(
      'connection: close',
      'connection: close, upgrade, http2-settings',
    ),
    expect: (answer, seen) => {
      expect(answer.status).toBe(200);
      expect(seen).not.toMatch(/h2c|http2-settings/i);
    },
  },
  {
    section: '9110 7.8',
    rule: 'no upgrade is heeded in HTTP/1.0',
    sends: get(
      'upgrade: websocket\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n',
      '1.0',
    ).replace('connection: close', 'connection: upgrade'),
    expect: (answer, seen) => {
      expect(answer.status).toBe(200);
      expect(seen).not.toMatch(/^upgrade:/im);
    },
  },
  {
    section: '9110 7.8',
    rule: '426 says which protocol it would take, and is passed on without naming it',
    sends: get(),
    says: 'HTTP/1.1 426 Upgrade Required\r\nupgrade: TLS/1.3\r\nconnection: upgrade\r\ncontent-length: 0\r\n\r\n',
    expect: (answer) => {
      expect([answer.status, answer.headers['upgrade']]).toEqual([426, undefined]);
    },
  },
  {
    section: '9110 8.6',
    rule: 'a 204 has no length, whatever its upstream says',
    sends: get(),
    says: 'HTTP/1.1 204 No Content\r\ncontent-length: 0\r\netag: "a"\r\n\r\n',
    expect: (answer) => {
      expect([answer.status, answer.headers['content-length']]).toEqual([204, undefined]);
      expect(answer.headers['etag']).toBe('"a"');
    },
  },
  {
    section: '9112 2.2',
    rule: 'an answer whose lines are no lines of HTTP is malformed',
    sends: get(),
    says: 'HTTP/1.1 200 OK\ncontent-length: 2\n\nok',
    expect: ({ status, body }) => {
      expect(status).toBe(502);
      expect(body).toContain('malformed_answer');
    },
  },
  {
    section: '9110 8.6',
    rule: 'bytes beyond the length of an answer are nobody’s',
    sends: get(),
    says: 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil',
    expect: ({ body, text }) => {
      expect(body).toBe('ok');
      expect(text).not.toContain('evil');
    },
  },
  {
    section: '9110 8.6',
    rule: 'an answer that breaks its length ends with a cut connection',
    sends: get(),
    says: 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf',
    expect: (answer) => {
      expect(answer.headers['content-length']).toBe('10');
      expect(answer.body).toBe('half');
    },
  },
  {
    section: '9110 9.3.2',
    rule: 'HEAD has the fields of GET and no body',
    sends: get().replace('GET', 'HEAD'),
    says: 'HTTP/1.1 200 OK\r\ncontent-length: 1000\r\netag: "a"\r\n\r\n',
    expect: (answer) => {
      expect(answer.headers).toMatchObject({ 'content-length': '1000', etag: '"a"' });
      expect(answer.body).toBe('');
    },
  },
  {
    section: '9110 9.3.6',
    rule: 'CONNECT is refused with an answer, and not passed on',
    sends: get().replace('GET', 'CONNECT'),
    expect: (answer, seen) => {
      expect([answer.status, answer.headers['allow']]).toEqual([405, expect.any(String)]);
      expect(seen).toBe('');
    },
  },
  {
    section: '9110 9.3.8',
    rule: 'TRACE is not passed on',
    sends: get().replace('GET', 'TRACE'),
    expect: (answer, seen) => {
      expect(answer.status).toBe(405);
      expect(seen).toBe('');
    },
  },
  {
    section: '9110 11.6.2',
    rule: 'credentials for the origin pass, the gateway’s and a proxy’s do not',
    sends: get('proxy-authorization: Basic eDp5\r\n').replace(
      '{AUTH}',
      `x-api-key: ${KEY}\r\nauthorization: Basic dTpw\r\n`,
    ),
    expect: (_answer, seen) => {
      expect(field(seen, 'authorization')).toBe('Basic dTpw');
      expect(seen).not.toMatch(/proxy-authorization|x-api-key/);
      expect(seen).not.toContain(KEY);
    },
  },
  {
    section: '9110 12.5.5',
    rule: 'vary says that the key decides',
    sends: get(),
    says: 'HTTP/1.1 200 OK\r\nvary: accept\r\ncache-control: max-age=9\r\ncontent-length: 0\r\n\r\n',
    expect: (answer) => {
      expect(answer.headers['vary']).toBe('accept, authorization, x-api-key');
      expect(answer.headers['cache-control']).toBe('max-age=9');
    },
  },
  {
    section: '9110 13.1',
    rule: 'conditions pass, and 304 comes back without a body',
    sends: get('if-none-match: "a"\r\nif-modified-since: Sat, 01 Jan 2022 00:00:00 GMT\r\n'),
    says: 'HTTP/1.1 304 Not Modified\r\netag: "a"\r\n\r\n',
    expect: (answer, seen) => {
      expect(field(seen, 'if-none-match')).toBe('"a"');
      expect([answer.status, answer.headers['etag'], answer.body]).toEqual([304, '"a"', '']);
    },
  },
  {
    section: '9110 13.1.1',
    rule: 'a change under a condition passes, and 412 comes back',
    sends: `PUT /r/x HTTP/1.1\r\nhost: gw.example\r\nconnection: close\r\n{AUTH}if-match: "a", W/"b"\r\nif-unmodified-since: Sat, 01 Jan 2022 00:00:00 GMT\r\ncontent-length: 2\r\n\r\nhi`,
    says: 'HTTP/1.1 412 Precondition Failed\r\netag: "c"\r\ncontent-length: 0\r\n\r\n',
    expect: (answer, seen) => {
      expect(field(seen, 'if-match')).toBe('"a", W/"b"');
      expect(field(seen, 'if-unmodified-since')).toBe('Sat, 01 Jan 2022 00:00:00 GMT');
      expect([answer.status, answer.headers['etag']]).toEqual([412, '"c"']);
    },
  },
  {
    section: '9110 15.4.5',
    rule: 'a 304 keeps the length of what it does not send',
    sends: get('if-none-match: "a"\r\n'),
    says: 'HTTP/1.1 304 Not Modified\r\ncontent-length: 1000\r\netag: "a"\r\n\r\n',
    expect: (answer) => {
      expect(answer.headers['content-length']).toBe('1000');
      expect(answer.body).toBe('');
    },
  },
  {
    section: '9110 14.3',
    rule: 'accept-ranges comes back as the upstream says it',
    sends: get().replace('GET', 'HEAD'),
    says: 'HTTP/1.1 200 OK\r\naccept-ranges: none\r\ncontent-length: 9\r\n\r\n',
    expect: (answer) => expect(answer.headers['accept-ranges']).toBe('none'),
  },
  {
    section: '9110 14.6',
    rule: 'several parts of one document come back as they are',
    sends: get('range: bytes=0-1,4-5\r\n'),
    says: `HTTP/1.1 206 Partial Content\r\ncontent-type: multipart/byteranges; boundary=B\r\ncontent-length: ${PARTS.length}\r\n\r\n${PARTS}`,
    expect: ({ status, headers, body }, seen) => {
      expect(field(seen, 'range')).toBe('bytes=0-1,4-5');
      expect([status, headers['content-type']]).toEqual([206, 'multipart/byteranges; boundary=B']);
      expect(body).toBe(PARTS);
    },
  },
  {
    section: '9110 15.5.17',
    rule: '416 says how long the document is',
    sends: get('range: bytes=20-\r\n'),
    says: 'HTTP/1.1 416 Range Not Satisfiable\r\ncontent-range: bytes */9\r\ncontent-length: 0\r\n\r\n',
    expect: (answer) => {
      expect([answer.status, answer.headers['content-range']]).toEqual([416, 'bytes */9']);
    },
  },
  {
    section: '9110 14.2',
    rule: 'ranges pass, and 206 comes back as it is',
    sends: get('range: bytes=0-1\r\nif-range: "a"\r\n'),
    says: 'HTTP/1.1 206 Partial Content\r\ncontent-range: bytes 0-1/9\r\ncontent-length: 2\r\n\r\nok',
    expect: (answer, seen) => {
      expect([field(seen, 'range'), field(seen, 'if-range')]).toEqual(['bytes=0-1', '"a"']);
      expect([answer.status, answer.headers['content-range']]).toEqual([206, 'bytes 0-1/9']);
    },
  },
  {
    section: '9110 15.2',
    rule: '103 is passed on, other interim answers are not',
    sends: get(),
    says: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a.css>; rel=preload; as=style\r\n\r\n${OK}`,
    expect: ({ text }) => {
      expect(text).toMatch(
        /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a\.css>; rel=preload; as=style\r\n\r\nHTTP\/1\.1 200 /i,
      );
    },
  },
  {
    section: '9110 15.4',
    rule: 'redirects are the caller’s to follow',
    sends: get(),
    says: 'HTTP/1.1 302 Found\r\nlocation: http://other.example/\r\ncontent-length: 0\r\n\r\n',
    expect: (answer) => {
      expect([answer.status, answer.headers['location']]).toEqual([302, 'http://other.example/']);
    },
  },
  {
    section: '9112 2.2',
    rule: 'two lines of set-cookie stay two',
    sends: get(),
    says: 'HTTP/1.1 200 OK\r\nset-cookie: a=1\r\nset-cookie: b=2\r\ncontent-length: 0\r\n\r\n',
    expect: ({ text }) => expect(text).toMatch(/set-cookie: a=1\r\nset-cookie: b=2\r\n/),
  },
  {
    section: '9112 3.2',
    rule: 'a request of HTTP/1.1 without Host is refused',
    sends: get().replace('host: gw.example\r\n', ''),
    expect: (answer, seen) => expect([answer.status, seen]).toEqual([400, '']),
  },
  {
    section: '9112 3.2.2',
    rule: 'a target in absolute form is the same as its path',
    sends: get().replace('/r/x', 'http://GW.example/r/x?a=1'),
    expect: (answer, seen) => {
      expect([answer.status, seen.split('\r\n')[0]]).toEqual([200, 'GET /r/x?a=1 HTTP/1.1']);
    },
  },
  {
    section: '9112 3.2.2',
    rule: 'one that names another host than Host does is nobody’s',
    sends: get().replace('/r/x', 'http://other.example/r/x'),
    expect: (answer, seen) => {
      expect([answer.status, seen.split('\r\n')[0]]).toEqual([404, '']);
    },
  },
  {
    section: '9110 10.1.1',
    rule: 'an expectation that nobody knows is refused',
    sends: get('expect: the-unexpected\r\n'),
    expect: (answer, seen) => expect([answer.status, seen]).toEqual([417, '']),
  },
  {
    section: '9110 10.1.1',
    rule: 'from a caller of HTTP/1.0 an expectation is none',
    sends: `PUT /r/x HTTP/1.0\r\nhost: gw.example\r\n{AUTH}expect: 100-continue\r\ncontent-length: 2\r\n\r\nhi`,
    expect: ({ status, text }, seen) => {
      expect([status, seen.endsWith('hi')]).toEqual([200, true]);
      expect(text).not.toContain('100 Continue');
    },
  },
  {
    section: '9110 10.1.4',
    rule: 'what a caller takes of codings is between it and the gateway',
    sends: get('te: gzip;q=0.5, deflate\r\n').replace('connection: close', 'connection: close, TE'),
    expect: (_answer, seen) => expect(field(seen, 'te')).toBeUndefined(),
  },
  {
    section: '9112 5.1',
    rule: 'a space before the colon is refused',
    sends: get('x-a : 1\r\n'),
    expect: (answer, seen) => expect([answer.status, seen]).toEqual([400, '']),
  },
  {
    section: '9112 5.2',
    rule: 'a folded line is refused',
    sends: get('x-a: 1\r\n 2\r\n'),
    expect: (answer, seen) => expect([answer.status, seen]).toEqual([400, '']),
  },
  {
    section: '9112 6.1',
    rule: 'a coding besides chunked is refused',
    sends: `POST /r/x HTTP/1.1\r\nhost: gw.example\r\nconnection: close\r\n{AUTH}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    expect: (answer, seen) => expect([answer.status, seen]).toEqual([400, '']),
  },
  {
    section: '9112 7.4',
    rule: 'an answer in a coding that nobody asked for is told as a failure',
    sends: get(),
    says: 'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    expect: (answer) => expect(answer.status).toBe(502),
  },
  {
    section: '9112 6.3',
    rule: 'two lengths are refused',
    sends: `POST /r/x HTTP/1.1\r\nhost: gw.example\r\nconnection: close\r\n{AUTH}content-length: 2\r\ncontent-length: 3\r\n\r\nhi!`,
    expect: (answer, seen) => expect([answer.status, seen]).toEqual([400, '']),
  },
  {
    section: '9112 7.1',
    rule: 'a chunk whose size is none ends the exchange, and is no whole request',
    sends: `POST /r/x HTTP/1.1\r\nhost: gw.example\r\nconnection: close\r\n{AUTH}transfer-encoding: chunked\r\n\r\n2\r\nhi\r\nzz\r\n`,
    expect: (answer, seen) => {
      expect(answer.status).toBe(400);
      expect(seen).not.toContain('0\r\n\r\n');
    },
  },
  {
    section: '9112 7.1.1',
    rule: 'extensions of chunks end here',
    sends: `POST /r/x HTTP/1.1\r\nhost: gw.example\r\nconnection: close\r\n{AUTH}transfer-encoding: chunked\r\n\r\n2;x=y\r\nhi\r\n0\r\n\r\n`,
    expect: (answer, seen) => {
      expect(answer.status).toBe(200);
      expect(seen).toContain('\r\n\r\n2\r\nhi\r\n0\r\n\r\n');
    },
  },
  {
    section: '9112 6.1',
    rule: 'length and chunks together are refused, and nothing after them is read',
    sends: `POST /r/x HTTP/1.1\r\nhost: gw.example\r\n{AUTH}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /r/smuggled HTTP/1.1\r\nhost: gw.example\r\n{AUTH}\r\n`,
    expect: ({ status, text }, seen) => {
      expect([status, seen]).toEqual([400, '']);
      expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    },
  },
  {
    section: '9112 6.1',
    rule: 'chunks from a caller of HTTP/1.0 are refused',
    sends: `POST /r/x HTTP/1.0\r\nhost: gw.example\r\n{AUTH}transfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    expect: (answer, seen) => expect([answer.status, seen]).toEqual([400, '']),
  },
  {
    section: '9112 7.1',
    rule: 'an answer in chunks goes to a caller of HTTP/1.0 without them',
    sends: get('', '1.0'),
    says: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    expect: (answer) => {
      expect(answer.body).toBe('ok');
      expect(answer.headers['transfer-encoding']).toBeUndefined();
    },
  },
  {
    section: '9112 7.1',
    rule: 'an answer that ends with its connection is chunked for a caller of HTTP/1.1',
    sends: get(),
    says: 'HTTP/1.1 200 OK\r\n\r\nok',
    expect: (answer) => expect(answer.body).toBe('2\r\nok\r\n0\r\n\r\n'),
  },
  {
    section: '9112 8',
    rule: 'nonsense from an upstream is told as its failure',
    sends: get(),
    says: 'SMTP ready\r\n\r\n',
    expect: (answer) => expect(answer.status).toBe(502),
  },
  {
    section: '7239 4',
    rule: 'what a stranger says of where it comes from does not count',
    sends: get(
      'forwarded: for=1.2.3.4\r\nx-forwarded-for: 1.2.3.4\r\nx-forwarded-host: evil\r\nx-forwarded-proto: https\r\nx-real-ip: 1.2.3.4\r\n',
    ),
    expect: (_answer, seen) => {
      expect(field(seen, 'forwarded')).toBe('for=127.0.0.1;host="gw.example";proto=http');
      expect(field(seen, 'x-forwarded-for')).toBe('127.0.0.1');
      expect(field(seen, 'x-forwarded-host')).toBe('gw.example');
      expect(field(seen, 'x-forwarded-proto')).toBe('http');
      expect(seen).not.toContain('1.2.3.4');
    },
  },
  {
    section: '8297 2',
    rule: 'hints are not sent to a caller of HTTP/1.0',
    sends: get('', '1.0'),
    says: `HTTP/1.1 103 Early Hints\r\nlink: </a.css>; rel=preload\r\n\r\n${OK}`,
    expect: ({ text }) => expect(text.startsWith('HTTP/1.1 200')).toBe(true),
  },
];

describe('HTTP between a caller and an upstream', () => {
  const upstream = new RawUpstream();
  let gateway: TestGateway;
  const kept: string[] = [];

  beforeAll(async () => {
    const url = await upstream.listen();
    gateway = await sharedGateway({
      config: `
health: { fall: 100 }
apis: [{ name: raw, path: /r, upstreams: ["${url}"], private: true, retries: { attempts: 1 } }]
keys: [{ name: client, secret: ${KEY} }]
`,
    });
  });
  afterAll(async () => {
    await gateway.stop();
    upstream.close();
    console.log(['| RFC | rule | kept |', '| --- | --- | --- |', ...kept].join('\n'));
  });

  it.each(cases)('RFC $section: $rule', async ({ section, rule, sends, says, expect: check }) => {
    upstream.seen = '';
    upstream.says = says ?? OK;
    const answer = await rawExchange(gateway.url, sends.replaceAll('{AUTH}', AUTH));
    expect(answer.status).toBeGreaterThan(0);
    check(answer, upstream.seen);
    kept.push(`| ${section} | ${rule} | yes |`);
  });

  it('RFC 9110 10.1.1: a body is asked for once there is somebody to take it', async () => {
    upstream.says = OK;
    const { port } = new URL(gateway.url);
    const ask = async (auth: string) => {
      const socket = connect(Number(port), '127.0.0.1');
      socket.write(
        `PUT /r/x HTTP/1.1\r\nhost: gw.example\r\nconnection: close\r\n${auth}content-length: 2\r\nexpect: 100-continue\r\n\r\n`,
      );
      let text = '';
      for await (const chunk of socket) {
        text += String(chunk);
        if (text === 'HTTP/1.1 100 Continue\r\n\r\n') socket.write('hi');
      }
      return text;
    };
    expect(await ask(AUTH)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
    expect(upstream.seen).not.toContain('expect');
    expect(upstream.seen.endsWith('hi')).toBe(true);
    expect(parseRaw(await ask('')).status).toBe(401);
    kept.push('| 9110 10.1.1 | a body is asked for once there is somebody to take it | yes |');
  });

  it('RFC 9112 9.3.2: answers to pipelined requests come in their order', async () => {
    upstream.says = OK;
    const one = `GET /r/1 HTTP/1.1\r\nhost: gw.example\r\n${AUTH}\r\n`;
    const bad = `GET /r/2 HTTP/1.1\r\nhost: gw.example\r\n\r\n`;
    const last = get().replace('{AUTH}', AUTH);
    const { text } = await rawExchange(gateway.url, one + bad + one + last);
    const statuses = [...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => status);
    expect(statuses).toEqual(['200', '401', '200', '200']);
    kept.push('| 9112 9.3.2 | answers to pipelined requests come in their order | yes |');
  });
});
