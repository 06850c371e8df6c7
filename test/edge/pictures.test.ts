import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DialectName } from '@vitalgate/dialects';
import { KEY, post, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { dialects } from '../harness/speaker.ts';
import { answerJson, Upstream } from '../harness/upstream.ts';

/** D11: whoever names a picture or a file by its address, the gateway never goes there itself. */

const providers = [...dialects, 'mistral', 'cohere'] as const;

let elsewhere: Upstream;
let upstream: Upstream;
let gateway: TestGateway;

beforeAll(async () => {
  elsewhere = await Upstream.shared('elsewhere', (_, response) => answerJson(response, 200, {}));
  // What it would answer does not matter: whether it is asked, and with what, does.
  upstream = await Upstream.shared('only', (_, response) =>
    answerJson(response, 400, { error: { message: 'no' }, message: 'no' }),
  );
  gateway = await sharedGateway({
    config: `providers:
${providers.map((dialect) => `  - { name: ${dialect}, dialect: ${dialect}, baseUrl: "${upstream.url}", private: true, credentials: [{ name: main, value: of-${dialect} }] }`).join('\n')}
models:
${providers.map((dialect) => `  - { name: to-${dialect}, targets: [{ provider: ${dialect}, model: gpt-4o }], strict: true }`).join('\n')}
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

type Asked = readonly [path: string, body: object];

/** Every way each dialect has to name something by its address. */
const naming: Readonly<Partial<Record<DialectName, (model: string, url: string) => Asked[]>>> = {
  'openai-chat': (model, url) =>
    [
      { type: 'image_url', image_url: { url } },
      { type: 'file', file: { filename: 'a.pdf', file_data: url } },
    ].map((part) => ['/v1/chat/completions', { model, messages: user([part]) }]),
  'openai-responses': (model, url) =>
    [
      { type: 'input_image', image_url: url },
      { type: 'input_file', file_url: url },
    ].map((part) => ['/v1/responses', { model, input: user([part]) }]),
  anthropic: (model, url) =>
    ['image', 'document'].map((type) => [
      '/v1/messages',
      { model, max_tokens: 9, messages: user([{ type, source: { type: 'url', url } }]) },
    ]),
  gemini: (model, url) => [
    [
      `/v1beta/models/${model}:generateContent`,
      {
        contents: [
          { role: 'user', parts: [{ fileData: { fileUri: url, mimeType: 'image/png' } }] },
        ],
      },
    ],
  ],
  bedrock: (model, url) => [
    [
      `/model/${model}/converse`,
      {
        messages: user([{ image: { format: 'png', source: { s3Location: { uri: url } } } }]),
      },
    ],
  ],
  ollama: (model, url) => [
    ['/api/chat', { model, messages: [{ role: 'user', content: 'see', images: [url] }] }],
    ['/api/generate', { model, prompt: 'see', images: [url] }],
  ],
};

const user = (content: readonly object[]) => [{ role: 'user', content }];

const pairs = dialects.flatMap((from) => providers.map((to) => [from, to] as const));

describe('a picture by its address', () => {
  it.each(pairs)('from a caller of %s to %s is passed on or refused', async (from, to) => {
    const ways = naming[from];
    if (ways === undefined) throw new TypeError(`no way to name a picture in ${from}`);
    for (const url of [
      `${elsewhere.url}/picture.png`,
      `${elsewhere.url.replace('127.0.0.1', 'localhost')}/picture.png`,
      'file:///etc/hostname',
    ]) {
      for (const [path, body] of ways(`to-${to}`, url)) {
        const before = upstream.calls.length;
        const answer = await post(gateway.url, path, body);
        const told = await answer.text();
        expect([told, answer.status]).toEqual([told, 400]);
        const asked = upstream.calls.slice(before);
        // Either the provider hears the address as it was, or it hears nothing.
        for (const call of asked) expect(call.body.toString()).toContain(url);
      }
    }
    expect(elsewhere.received).toEqual([]);
  });
});
