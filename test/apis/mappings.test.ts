import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { sharedUpstream, type HttpUpstream, type Sent } from './upstream.ts';

/** What upstreams answer in these tests. */
interface Said {
  status: number;
  headers: Record<string, string | string[]>;
  body: string;
}

describe('heads that are mapped', () => {
  let upstream: HttpUpstream;
  let gateway: TestGateway;
  let said: Said;
  let sent: Sent | undefined;

  beforeAll(async () => {
    upstream = await sharedUpstream(async (request, response) => {
      const { method = '', url = '', headers, rawHeaders } = request;
      sent = { method, url, headers, rawHeaders, body: await text(request) };
      response.writeHead(said.status, said.headers).end(said.body);
    });
    gateway = await sharedGateway({
      config: `
health: { fall: 100 }
apis:
  - name: plain
    path: /plain
    private: true
    upstreams: ["${upstream.url}"]
    headers: { request: { set: { x-fixed: ours } }, answer: { set: { x-fixed: ours } } }
    mappings:
      request:
        query: '{ "page": $number($query.p), "tag": $query.tag, "none": null, "from": $path }'
        headers: '{ "X-Tenant": $headers.\`x-org\`, "x-drop": null, "x-fixed": "theirs", "x-all": $string($headers), "cookie": "a=1" }'
      answer: { headers: '{ "x-total": $headers.\`x-count\`, "x-count": null, "set-cookie": ["a=1", "b=2"], "x-fixed": "theirs", "x-status": $status }' }
      error: { headers: '{ "retry-after": 7 }' }
  - name: call
    path: /call
    private: true
    upstreams: ["${upstream.url}"]
    formats: { upstream: json, offered: [json, xml, ndjson], request: '{ "q": order.name }', answer: items }
    mappings:
      request:
        method: '$method = "POST" ? "PUT" : $method'
        query: '{ "id": order.@id ? order.@id : order.id }'
        headers: '{ "x-name": order.name }'
      answer: { headers: '{ "x-total": $count(items) }' }
  - name: wrong
    path: /wrong
    private: true
    upstreams: ["${upstream.url}"]
    mappings:
      request: { headers: '$query.how = "framing" ? { "Transfer-Encoding": "x" } : $query.how = "host" ? { "host": "x" } : $query.how = "split" ? { "x-a": "b\\r\\nx-c: d" } : $query.how = "large" ? { "x-a": $pad("", 9000, "x") } : $query.how = "list" ? [1] : $query.how = "deep" ? { "x-a": { "b": 1 } } : $query.how = "long" ? { "x-a": ($f := function($n) { $f($n) }; $f(1)) } : {}' }
      answer: { headers: '$headers.\`x-how\` = "own" ? { "x-vitalgate-target": "x" } : $headers.\`x-how\` = "length" ? { "content-length": 1 } : {}' }
  - { name: method, path: /method, private: true, upstreams: ["${upstream.url}"], mappings: { request: { method: '"TRACE"' } } }
keys: [{ name: client, secret: ${KEY} }]
`.replace('order.@id ? order.@id : order.id', 'order.`@id`'),
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
  });

  const ask = (path: string, { headers, ...init }: RequestInit = {}) => {
    const all = { authorization: `Bearer ${KEY}`, ...(headers as Record<string, string>) };
    return fetch(gateway.url + path, { ...init, headers: all });
  };

  it('say another query and other fields to the upstream, and none of the key', async () => {
    said = { status: 200, headers: {}, body: 'ok' };
    const headers = { 'x-org': 'blue', 'x-drop': '1', 'x-stay': '2', cookie: 'secret=1' };
    const found = await ask('/plain/x?p=7&tag=a&tag=b%20c&other=1&__proto__=1', { headers });
    expect(found.status).toBe(200);
    expect(sent?.url).toBe('/plain/x?page=7&tag=a&tag=b+c&from=%2Fplain%2Fx');
    expect(sent?.headers).toMatchObject({
      'x-tenant': 'blue',
      'x-stay': '2',
      'x-fixed': 'ours',
      'x-org': 'blue',
      cookie: 'a=1',
    });
    expect(sent?.headers['x-drop']).toBeUndefined();
    expect(sent?.headers['x-all']).toContain('"x-stay":"2"');
    expect(JSON.stringify(sent?.rawHeaders)).not.toContain(KEY);
  });

  it('say other fields to the caller, by the status of the answer', async () => {
    said = { status: 200, headers: { 'x-count': '3' }, body: 'x'.repeat(100_000) };
    const found = await ask('/plain');
    expect(await found.text()).toHaveLength(100_000);
    expect(Object.fromEntries(found.headers)).toMatchObject({
      'x-total': '3',
      'x-status': '200',
      'x-fixed': 'ours',
      'x-vitalgate-target': 'plain/1',
    });
    expect(found.headers.get('x-count')).toBeNull();
    expect(found.headers.getSetCookie()).toEqual(['a=1', 'b=2']);

    said = { status: 429, headers: {}, body: 'later' };
    const late = await ask('/plain');
    expect([late.status, late.headers.get('retry-after'), await late.text()]).toEqual([
      429,
      '7',
      'later',
    ]);
    said = { status: 304, headers: { etag: '"a"' }, body: '' };
    const same = await ask('/plain');
    expect([same.status, same.headers.get('etag')]).toEqual([304, '"a"']);
  });

  it('look at the documents that are carried over', async () => {
    said = {
      status: 200,
      headers: { 'content-type': 'application/json', 'x-how': 'own' },
      body: '{"items":[1,2,3]}',
    };
    const found = await ask('/call', {
      method: 'POST',
      headers: { 'content-type': 'application/xml', accept: 'application/x-ndjson' },
      body: '<order id="7"><name>tea</name></order>',
    });
    expect([sent?.method, sent?.url, sent?.headers['x-name'], sent?.body]).toEqual([
      'PUT',
      '/call?id=7',
      'tea',
      '{"q":"tea"}',
    ]);
    expect([found.headers.get('x-total'), await found.text()]).toEqual(['3', '1\n2\n3\n']);
  });

  it.each(['framing', 'host', 'split', 'large', 'list', 'deep', 'long'])(
    'are refused where a request makes them %s',
    async (how) => {
      sent = undefined;
      said = { status: 200, headers: {}, body: '' };
      const found = await ask(`/wrong?how=${how}`);
      expect([found.status, await found.json()]).toMatchObject([400, { code: 'invalid_request' }]);
      expect(sent).toBeUndefined();
    },
  );

  it('are refused where the method is none that may pass', async () => {
    const found = await ask('/method');
    expect([found.status, await found.json()]).toMatchObject([400, { code: 'invalid_request' }]);
  });

  it.each(['own', 'length'])(
    'are an error of the upstream where an answer makes them %s',
    async (how) => {
      said = { status: 200, headers: { 'x-how': how }, body: 'ok' };
      const found = await ask('/wrong');
      expect([found.status, await found.json()]).toMatchObject([502, { code: 'upstream_error' }]);
    },
  );
});
