import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawExchange } from '../apis/raw.ts';
import { KEY, post, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { answerJson, Upstream } from '../harness/upstream.ts';

/** MD2: what a caller names becomes one segment of a provider's path, and never its host. */

/** Where each dialect names the model in the path: one segment, whatever its name is. */
const templates: Readonly<Record<string, RegExp>> = {
  gemini: /^\/v1beta\/models\/[^/?#\\@]+:generateContent$/,
  bedrock: /^\/model\/[^/?#\\@]+\/converse$/,
  'azure-openai': /^\/openai\/deployments\/[^/?#\\@]+\/chat\/completions\?api-version=[\w-]+$/,
};

let elsewhere: Upstream;
let upstream: Upstream;
let gateway: TestGateway;

beforeAll(async () => {
  elsewhere = await Upstream.shared('elsewhere', (_, response) => answerJson(response, 200, {}));
  upstream = await Upstream.shared('only', (_, response) => answerJson(response, 404, {}));
  gateway = await sharedGateway({
    config: `health: { fall: 100 }
providers:
${Object.keys(templates)
  .map(
    (dialect) =>
      `  - { name: ${dialect}, dialect: ${dialect}, baseUrl: "${upstream.url}", private: true, credentials: [{ name: main, value: of-${dialect} }] }`,
  )
  .join('\n')}
apis:
  - { name: shop, path: '/shop/{tenant}', rewrite: '/{tenant}', private: true, upstreams: ["${upstream.url}"] }
keys:
  - { name: client, secret: ${KEY} }
`,
  });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
  await elsewhere.close();
});

const hostile = (host: string): readonly string[] => [
  '.',
  '..',
  '%2e%2e',
  '../../admin',
  '..\\..\\admin',
  'm/../../admin',
  `@${host}`,
  `${host}#`,
  `${host}?`,
  `//${host}/`,
  `/\\${host}/`,
  `http://${host}/`,
  `m?x=1`,
  `m#x`,
  'm\r\nHost: evil.test',
  'm\u0000',
  '\ud800',
  '\u2025/\u2024\u2024',
  '\uff0f\uff0f',
];

describe.each(Object.entries(templates))('the path of %s', (dialect, template) => {
  it('has one segment for the model, however it is named', async () => {
    for (const name of hostile(new URL(elsewhere.url).host)) {
      const before = upstream.calls.length;
      const model = `${dialect}/${name}`;
      const body = { model, messages: [{ role: 'user', content: 'hi' }] };
      const answer = await post(gateway.url, '/v1/chat/completions', body);
      expect([name, answer.status]).toEqual([name, expect.toBeOneOf([400, 404])]);
      for (const { path, headers } of upstream.calls.slice(before)) {
        expect(path).toMatch(template);
        // What a server makes of dots would be another place.
        expect(new URL(path, upstream.url).href).toBe(upstream.url + path);
        expect(headers.host).toBe(new URL(upstream.url).host);
      }
    }
    expect(elsewhere.received).toEqual([]);
  });
});

describe('the path of an API that names its tenant', () => {
  it('stays below its upstream, however the tenant is named', async () => {
    const { host } = new URL(elsewhere.url);
    const tenants = [
      '..',
      '%2e%2e',
      '.%2E',
      `%2F${host}`,
      `%5c${host}`,
      `/${host}`,
      '@',
      `@${host}`,
      host,
      `%40${host}%23`,
      '%0d%0aHost:%20evil.test',
      ';@evil.test',
      '%00',
    ];
    for (const tenant of tenants) {
      const before = upstream.received.length;
      const answer = await rawExchange(
        gateway.url,
        `GET /shop/${tenant}/orders HTTP/1.1\r\nHost: gateway.test\r\nAuthorization: Bearer ${KEY}\r\nConnection: close\r\n\r\n`,
      );
      expect([tenant, answer.status]).toEqual([tenant, expect.toBeOneOf([200, 400, 404])]);
      for (const { path, headers } of upstream.received.slice(before)) {
        expect(path).toBe(`/${tenant}/orders`);
        expect(new URL(path, upstream.url).href).toBe(upstream.url + path);
        expect(headers.host).toBe(new URL(upstream.url).host);
      }
    }
    expect(elsewhere.received).toEqual([]);
  });
});
