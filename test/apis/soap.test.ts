import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { KEY, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { sharedUpstream, type HttpUpstream } from './upstream.ts';

/** A SOAP service: it checks what it is sent by XML's own rules, and answers in either version. */

interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Names without prefixes. */
  readonly envelope: { readonly Envelope: { readonly Header?: unknown; readonly Body: unknown } };
}

let calls: Call[] = [];
let reply: { status: number; type: string; body: string };
const eleven = (body: string, status = 200) => ({
  status,
  type: 'text/xml; charset=utf-8',
  body: `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${body}</s:Body></s:Envelope>`,
});
const twelve = (body: string, status = 200) => ({
  status,
  type: 'application/soap+xml; charset=utf-8',
  body: `<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body>${body}</e:Body></e:Envelope>`,
});
const FORECAST =
  '<w:ForecastResponse xmlns:w="urn:weather"><w:Day date="1"><w:High>21.50</w:High></w:Day></w:ForecastResponse>';

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await text(request);
  const parser = new XMLParser({ removeNSPrefix: true, ignoreAttributes: true });
  const envelope = parser.parse(body) as Call['envelope'];
  expect(XMLValidator.validate(body)).toBe(true);
  const { method = '', url = '', headers } = request;
  calls.push({ method, path: url, headers, body, envelope });
  response.writeHead(reply.status, { 'content-type': reply.type }).end(reply.body);
}

let service: HttpUpstream;
let spare: HttpUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  const listener = (request: IncomingMessage, response: ServerResponse) =>
    void serve(request, response);
  service = await sharedUpstream(listener);
  spare = await sharedUpstream(listener);
  const operations = (indent: string) =>
    [
      '- path: /forecast',
      '  action: "urn:weather#Forecast"',
      '  variables: { city: { type: string, minLength: 1 }, days: { type: integer, default: 3 }, tags: { type: array, items: { type: string }, default: [] } }',
      '  header: \'<w:Trace xmlns:w="urn:weather">{{city}}</w:Trace>\'',
      '  body: \'<w:Forecast xmlns:w="urn:weather" of="{{city}}"><w:City>{{city}}</w:City><w:Days>{{days}}</w:Days>{{#tags}}<w:Tag>{{.}}</w:Tag>{{/tags}}</w:Forecast>\'',
      '  lists: [Day]',
      '- path: /high',
      '  method: GET',
      '  variables: { city: { type: string }, days: { type: integer, default: 1 } }',
      '  body: "<Forecast><City>{{city}}</City><Days>{{days}}</Days></Forecast>"',
      '  answer: \'{ "high": Day.High }\'',
    ]
      .map((line) => `\n${indent}${line}`)
      .join('');
  gateway = await sharedGateway({
    config: `
documents: { enabled: true }
guardrails:
  - { name: no-cards, on: request, detect: card, action: block, appliesTo: named }
apis:
  - name: weather
    path: /weather
    private: true
    upstreams: ["${service.url}/base", "${spare.url}/base"]
    soap:
      endpoint: /ws
      operations:${operations('        ')}
  - name: newer
    path: /newer
    private: true
    upstreams: ["${service.url}"]
    guardrails: [no-cards]
    soap:
      version: "1.2"
      operations:${operations('        ')}
keys: [{ name: client, secret: ${KEY} }]
`,
  });
});
afterAll(async () => {
  await gateway.stop();
  await service.close();
  await spare.close();
});
beforeEach(() => {
  calls = [];
  reply = eleven(FORECAST);
});

const call = (path: string, body?: unknown, headers: Record<string, string> = {}) =>
  fetch(gateway.url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${KEY}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });

interface Problem {
  readonly code: string;
  readonly detail: string;
}

describe('a SOAP service offered as JSON', () => {
  it('is called in 1.1 with what the caller gave, and answers without its envelope', async () => {
    const answer = await call('/weather/forecast', { city: 'Łódź & <Co> "x"', tags: ['a', 'b'] });
    expect(await answer.json()).toEqual({ Day: [{ '@date': 1, High: 21.5 }] });
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.headers.get('vary')).toContain('accept');
    const [sent] = calls;
    expect(sent).toMatchObject({
      method: 'POST',
      path: '/base/ws',
      headers: { soapaction: '"urn:weather#Forecast"', 'content-type': 'text/xml; charset=utf-8' },
      envelope: {
        Envelope: {
          Header: { Trace: 'Łódź & <Co> "x"' },
          Body: { Forecast: { City: 'Łódź & <Co> "x"', Days: 3, Tag: ['a', 'b'] } },
        },
      },
    });
    expect(sent?.body).toContain('xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"');
    expect(JSON.stringify(sent?.headers)).not.toContain(KEY);
  });

  it('is called in 1.2, with its action where that version has it', async () => {
    reply = twelve(FORECAST);
    const answer = await call('/newer/forecast', { city: 'x' });
    expect(answer.status).toBe(200);
    expect(calls[0]?.headers['content-type']).toBe(
      'application/soap+xml; charset=utf-8; action="urn:weather#Forecast"',
    );
    expect(calls[0]?.headers['soapaction']).toBeUndefined();
    expect(calls[0]?.body).toContain('xmlns:soap="http://www.w3.org/2003/05/soap-envelope"');
  });

  it('can be a GET with its variables in the query, and its answer mapped', async () => {
    const answer = await call('/weather/high?city=a&days=7');
    expect(await answer.json()).toEqual({ high: 21.5 });
    expect(calls[0]?.envelope.Envelope.Body).toEqual({ Forecast: { City: 'a', Days: 7 } });
  });

  it('speaks other formats too', async () => {
    const answer = await call('/weather/forecast', 'city: x\ndays: 2\n', {
      'content-type': 'application/yaml',
      accept: 'application/xml',
    });
    expect(await answer.text()).toContain('<High>21.5</High>');
    expect(calls[0]?.envelope.Envelope.Body).toMatchObject({ Forecast: { Days: 2 } });
  });

  it.each([
    ['/weather/forecast', { days: 1 }, 400, 'invalid_request'],
    ['/weather/forecast', { city: 'x', days: '1' }, 400, 'invalid_request'],
    ['/weather/forecast', { city: 'a\u0001' }, 400, 'invalid_request'],
    ['/weather/high?days=x&city=y', undefined, 400, 'invalid_request'],
    ['/weather/nothing', {}, 404, 'not_found'],
    ['/weather/forecast', undefined, 405, 'method_not_allowed'],
    ['/newer/forecast', { city: '4111 1111 1111 1111' }, 400, 'guardrail_blocked'],
  ])('refuses what is none of its calls: %s %j', async (path, body, status, code) => {
    const answer = await call(path, body);
    expect([answer.status, ((await answer.json()) as Problem).code]).toEqual([status, code]);
    expect(calls).toEqual([]);
  });

  it.each([
    [
      'of the caller, 1.1',
      eleven(
        '<s:Fault><faultcode>s:Client</faultcode><faultstring>No such city</faultstring></s:Fault>',
        500,
      ),
      400,
    ],
    [
      'of the service, 1.1',
      eleven(
        '<s:Fault><faultcode>s:Server</faultcode><faultstring>No such city</faultstring></s:Fault>',
        500,
      ),
      502,
    ],
    [
      'of the caller, 1.2',
      twelve(
        '<e:Fault><e:Code><e:Value>e:Sender</e:Value></e:Code><e:Reason><e:Text xml:lang="en">No such city</e:Text></e:Reason></e:Fault>',
        400,
      ),
      400,
    ],
    [
      'of the service, 1.2',
      twelve(
        '<e:Fault><e:Code><e:Value>e:Receiver</e:Value></e:Code><e:Reason><e:Text xml:lang="en">No such city</e:Text></e:Reason></e:Fault>',
        500,
      ),
      502,
    ],
  ])('tells a fault as a problem: %s', async (_whose, fault, status) => {
    reply = fault;
    for (let i = 0; i < 4; i += 1) {
      const answer = await call('/weather/forecast', { city: 'x' }, { 'idempotency-key': 'a' });
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      const problem = (await answer.json()) as Problem;
      expect(answer.status).toBe(status);
      expect(problem.detail).toContain('No such city');
    }
    // It was an answer: nobody else was asked for it, and it is no sign of illness.
    expect(calls).toHaveLength(4);
    const health = await call('/health/apis/weather');
    expect((await health.json()) as object).toMatchObject({ status: 'healthy' });
  });

  it.each([200, 202, 204])('has nothing to say where a message was taken: %i', async (status) => {
    reply = { status, type: 'text/xml', body: '' };
    const answer = await call('/weather/forecast', { city: 'x' });
    expect([answer.status, await answer.text()]).toEqual([status, '']);
  });

  it('keeps elements whose names JavaScript has for itself', async () => {
    reply = eleven('<F><constructor>1</constructor><w:toString xmlns:w="u">2</w:toString></F>');
    const answer = await call('/weather/forecast', { city: 'x' });
    expect(await answer.json()).toEqual({ constructor: 1, toString: 2 });
  });

  it.each([
    ['nothing, and no success', { status: 302, type: 'text/xml', body: '' }],
    ['a prototype', eleven('<F><w:__proto__ xmlns:w="u"><a>1</a></w:__proto__></F>')],
    ['no envelope', { status: 200, type: 'text/xml', body: '<html/>' }],
    ['no XML', { status: 200, type: 'text/html', body: 'hello' }],
    ['half of one', { status: 200, type: 'text/xml', body: '<s:Envelope><s:Body>' }],
    [
      'a document type',
      { status: 200, type: 'text/xml', body: '<!DOCTYPE x [<!ENTITY y "z">]><x>&y;</x>' },
    ],
  ])('takes %s for a failure of the service', async (_what, answered) => {
    reply = answered;
    const answer = await call('/weather/forecast', { city: 'x' });
    expect([answer.status, ((await answer.json()) as Problem).code]).toEqual([
      502,
      'upstream_error',
    ]);
  });

  it('is in the document of what a key may call', async () => {
    const answer = await call('/openapi.json');
    const { paths } = (await answer.json()) as { paths: Record<string, Record<string, unknown>> };
    expect(paths['/weather/forecast']?.['post']).toMatchObject({
      requestBody: { content: { 'application/json': { schema: { required: ['city'] } } } },
    });
    expect(paths['/weather/high']?.['get']).toMatchObject({
      parameters: [{ name: 'city', required: true }, { name: 'days' }],
    });
  });
});
