import { once } from 'node:events';
import { request, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { sharedUpstream, type HttpUpstream } from './upstream.ts';

const ROWS = 5000;
/** What sockets hold at most between a writer and a reader of lists of some 50 MB. */
const HELD = 25_000_000;
const REST = 'vitalgate '.repeat(1000);

describe('lists in the format of their caller, record by record', () => {
  let upstream: HttpUpstream;
  let gateway: TestGateway;
  let serve: (request: IncomingMessage, response: ServerResponse) => unknown;

  beforeAll(async () => {
    upstream = await sharedUpstream((asked, response) => serve(asked, response));
    gateway = await sharedGateway({
      config: `
server: { maxBody: 1MiB }
health: { fall: 100 }
apis:
  - name: rows
    path: /rows
    private: true
    upstreams: ["${upstream.url}"]
    formats: { upstream: ndjson, offered: [json, csv, xml, msgpack], records: true }
  - name: mapped
    path: /mapped
    private: true
    upstreams: ["${upstream.url}"]
    formats:
      upstream: json
      offered: [ndjson, xml, msgpack]
      records: true
      request: '{ "key": id, "by": $query.by }'
      answer: 'total > 5 ? { "sum": total, "status": $status }'
keys: [{ name: client, secret: ${KEY} }]
`,
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
  });

  const ask = (path: string, method: string, headers: Record<string, string>) => {
    const { hostname, port } = new URL(gateway.url);
    const authorization = `Bearer ${KEY}`;
    return request({ hostname, port, path, method, headers: { authorization, ...headers } });
  };
  const answered = async (asked: ReturnType<typeof ask>) =>
    ((await once(asked, 'response')) as [IncomingMessage])[0];
  const say = (type: string, body: string) => (_asked: IncomingMessage, response: ServerResponse) =>
    response.writeHead(200, { 'content-type': type }).end(body);
  const fetched = async (path: string, init: RequestInit) => {
    const { headers, ...rest } = init;
    const all = { authorization: `Bearer ${KEY}`, ...(headers as Record<string, string>) };
    const found = await fetch(gateway.url + path, { ...rest, headers: all });
    return { status: found.status, type: found.headers.get('content-type'), found };
  };

  const line = (id: number) => `{"id":${id},"rest":"${REST}"}\n`;
  const pour = async (to: NodeJS.WritableStream, onBytes: (bytes: number) => void) => {
    let bytes = 0;
    for (let id = 0; id < ROWS;) {
      let text = '';
      for (const end = id + 10; id < end; id++) text += line(id);
      if (!to.write(text)) await once(to, 'drain');
      onBytes((bytes += text.length));
    }
    to.end();
  };

  it('come down however long they are, no faster than they are read', async () => {
    let written = 0;
    serve = (_asked, response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      return pour(response, (bytes) => (written = bytes));
    };
    const found = await answered(ask('/rows', 'GET', { accept: 'text/csv' }).end());
    expect(found.headers['content-type']).toBe('text/csv; charset=utf-8; header=present');
    found.pause();
    // Nobody reads: whoever writes has to wait before it has written all.
    await quiet(() => written);
    expect(written).toBeLessThan(HELD);
    let rows = -1;
    let last = '';
    for await (const chunk of found) {
      const lines = (last + String(chunk)).split('\r\n');
      last = lines.pop() ?? '';
      rows += lines.length;
    }
    expect(rows).toBe(ROWS);
  });

  it('go up however long they are, no faster than they are taken', async () => {
    const { promise: isAllowed, resolve: allow } = Promise.withResolvers<void>();
    let lines = 0;
    serve = (asked, response) => {
      expect(asked.headers['content-type']).toBe('application/x-ndjson; charset=utf-8');
      return isAllowed.then(async () => {
        for await (const chunk of asked) lines += String(chunk).split('\n').length - 1;
        response.writeHead(204).end();
      });
    };
    const asked = ask('/rows', 'POST', { 'content-type': 'application/json' });
    let written = 0;
    asked.write('[{"id":-1}');
    const poured = (async () => {
      for (let id = 0; id < ROWS;) {
        let text = '';
        for (const end = id + 10; id < end; id++) text += `,${line(id)}`;
        if (!asked.write(text)) await once(asked, 'drain');
        written += text.length;
      }
      asked.end(']');
    })();
    await quiet(() => written);
    expect(written).toBeLessThan(HELD);
    allow();
    const [found] = await Promise.all([answered(asked), poured]);
    expect(found.statusCode).toBe(204);
    expect(lines).toBe(ROWS + 1);
  });

  it('leave one by one, as they come', async () => {
    let next: (id: number) => void = () => {};
    serve = (_asked, response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      next = (id) => (id < 3 ? response.write(`{"id":${id}}\n`) : response.end());
      next(0);
    };
    const found = await answered(ask('/rows', 'GET', { accept: 'application/json' }).end());
    const seen: string[] = [];
    let text = '';
    for await (const chunk of found) {
      text += String(chunk);
      seen.push(String(chunk));
      next(seen.length);
    }
    expect(JSON.parse(text)).toEqual([{ id: 0 }, { id: 1 }, { id: 2 }]);
    expect(seen.length).toBeGreaterThan(3);
  });

  it('are mapped each, and left out where nothing is found', async () => {
    serve = say('application/json', '[{"total":1},{"total":7},{"total":9}]');
    for (const [accept, isBinary] of [
      ['application/x-ndjson', false],
      ['application/vnd.msgpack', true],
    ] as const) {
      const { found } = await fetched('/mapped', { headers: { accept } });
      const bytes = Buffer.from(await found.arrayBuffer());
      // MessagePack: a list of two maps of two.
      if (isBinary) expect([...bytes.subarray(0, 2)]).toEqual([0x92, 0x82]);
      else expect(String(bytes)).toBe('{"sum":7,"status":200}\n{"sum":9,"status":200}\n');
    }

    let body = '';
    serve = async (asked, response) => {
      body = await text(asked);
      response.writeHead(204).end();
    };
    const send = async (type: string, sent: string) =>
      (
        await fetched('/mapped?by=me', {
          method: 'POST',
          headers: { 'content-type': type },
          body: sent,
        })
      ).status;
    expect(await send('application/xml', '<all><o><id>1</id></o><o><id>2</id></o></all>')).toBe(
      204,
    );
    expect(JSON.parse(body)).toEqual([
      { key: 1, by: 'me' },
      { key: 2, by: 'me' },
    ]);
    // Another charset has to be read whole, and is the same list.
    const latin = 'application/xml; charset=iso-8859-1';
    expect(await send(latin, '<all><o><id>1</id></o></all>')).toBe(204);
    expect(JSON.parse(body)).toEqual([{ key: 1, by: 'me' }]);
  });

  it('that are none are told as long as nothing has left, and else cut', async () => {
    serve = say('application/x-ndjson', 'no\n');
    const bad = await fetched('/rows', { headers: { accept: 'application/json' } });
    expect([bad.status, await bad.found.json()]).toMatchObject([502, { code: 'upstream_error' }]);

    let goOn: () => void = () => {};
    serve = (_asked, response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      response.write('{"id":1}\n');
      goOn = () => response.end('{"id":\n');
    };
    const cut = await fetched('/rows', { headers: { accept: 'application/json' } });
    expect(cut.status).toBe(200);
    goOn();
    await expect(cut.found.text()).rejects.toThrow(/terminated/);
  });

  it('of a caller that are none are refused, and reach no upstream as whole', async () => {
    const { promise: broken, resolve: broke } = Promise.withResolvers<boolean>();
    const asked = ask('/rows', 'POST', { 'content-type': 'application/json' });
    serve = (received) => {
      received.on('close', () => broke(!received.complete));
      received.once('data', () => asked.end('no]'));
    };
    asked.write('[{"id":1},');
    const found = await answered(asked);
    let text = '';
    for await (const chunk of found) text += String(chunk);
    expect([found.statusCode, JSON.parse(text)]).toMatchObject([400, { code: 'invalid_request' }]);
    expect(await broken).toBe(true);
    const health = await fetched('/health/apis/rows', {});
    expect(await health.found.json()).toMatchObject({ status: 'healthy' });
  });
});

/** Turns of the loop, each with a look at all sockets of this process, in which nothing moves. */
const CALM = 500;

/** Resolves once a number has stopped to change. */
async function quiet(told: () => number): Promise<void> {
  let last = told();
  for (let calm = 0; calm < CALM || last === 0; calm++) {
    await turn();
    if (told() === last) continue;
    last = told();
    calm = 0;
  }
}
