import { createClient, type ApiClient } from '@vitalgate/contract/api/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY, sharedGateway, type TestGateway } from '../harness/gateway.ts';

/** What of secrets is told to whom by the configuration, and where they can be sent from there. */

const ADMIN = 'an-admin-token-of-32-characters-or-more';
const KEPT = 'a-credential-in-the-vault';
const REFERENCE = '${secret:providers/mine/main}';

let gateway: TestGateway;
let owner: ApiClient['call'];
let viewer: ApiClient['call'];

beforeAll(async () => {
  gateway = await sharedGateway({
    environment: { VITALGATE_ADMIN_TOKEN: ADMIN, UPSTREAM: 'value-of-a-variable' },
    config: `shared: redis://ops:canary%2Fof-redis@127.0.0.1:1/?password=canary-of-a-query
providers:
  # - { name: old, value: canary-of-a-comment }
  - name: aws
    dialect: bedrock
    baseUrl: https://bedrock-runtime.us-east-1.amazonaws.com
    credentials: [{ name: a, accessKeyId: AKIA, secretAccessKey: canary-of-aws, sessionToken: canary-of-a-session }]
  - name: openai
    dialect: openai-chat
    baseUrl: https://api.openai.com/v1
    credentials: [{ name: a, value: "\${NONE:-canary-of-a-default}" }, { name: b, value: "canary-\${UPSTREAM}" }]
apis:
  - name: orders
    path: /orders
    upstreams: ["http://127.0.0.1:1"]
    private: true
    headers: { request: { set: { authorization: Bearer canary-of-a-header, x-mine: "\${UPSTREAM}", cookie: "\${UPSTREAM}" } } }
keys: [{ name: client, secret: ${KEY} }]
`,
  });
  owner = createClient({ baseUrl: gateway.addresses.admin, token: ADMIN }).call;
  const made = await owner('POST /api/admin-tokens', { body: { name: 'eyes', role: 'viewer' } });
  viewer = createClient({ baseUrl: gateway.addresses.admin, token: made.secret }).call;
  await owner('POST /api/providers', {
    body: {
      name: 'mine',
      dialect: 'openai-chat',
      baseUrl: 'https://api.openai.com/v1',
      credentials: [{ name: 'main', value: KEPT }],
    },
  });
});
afterAll(() => gateway.stop());

describe('the file, as it is shown', () => {
  it('has no secret, in whatever field, default or comment one stands', async () => {
    const { file } = await owner('GET /api/configuration');
    expect(file?.text.match(/\S*(?:canary|test-key)\S*/g)).toBeNull();
    // What refers to a variable says so still.
    expect(file?.text).toContain('cookie: "${UPSTREAM}"');
    expect(file?.text).toContain('${NONE:-');
    expect(file?.text).toContain('accessKeyId: AKIA');
  });
});

describe('a secret of the console', () => {
  const provider = (name: string, rest: string) => `providers: [{ name: ${name}, ${rest} }]`;
  const usual = 'dialect: openai-chat, baseUrl: "https://api.openai.com/v1"';

  it.each([
    [
      'quoted in a mistake',
      `models: [{ name: m, targets: [{ provider: "${REFERENCE}", model: x }] }]`,
    ],
    [
      'inside a pattern',
      `guardrails: [{ name: g, action: block, detect: { patterns: ["(${REFERENCE}"] } }]`,
    ],
    [
      'behind an anchor',
      `${provider('mine', `${usual}, credentials: [{ name: main, value: &v "${REFERENCE}" }]`)}\nmodels: [{ name: m, targets: [{ provider: *v, model: x }] }]`,
    ],
    [
      'in an anchored list',
      `providers: [{ name: mine, ${usual}, credentials: &c [{ name: main, value: "${REFERENCE}" }] }, { name: other, dialect: openai-chat, baseUrl: "https://example.com", credentials: *c }]`,
    ],
    [
      'at another provider',
      provider('other', `${usual}, credentials: [{ name: main, value: "${REFERENCE}" }]`),
    ],
    [
      'in a URL',
      provider('mine', `dialect: openai-chat, baseUrl: "https://${REFERENCE}.example.com"`),
    ],
    [
      'at another host',
      provider(
        'mine',
        `dialect: openai-chat, baseUrl: "https://example.com", credentials: [{ name: main, value: "${REFERENCE}" }]`,
      ),
    ],
    [
      'in another dialect',
      provider(
        'mine',
        `dialect: anthropic, baseUrl: "https://api.openai.com/v1", credentials: [{ name: main, value: "${REFERENCE}" }]`,
      ),
    ],
  ])('is told to nobody, and sent nowhere else: %s', async (_how, text) => {
    const { mistakes } = await viewer('POST /api/configuration/validate', { body: { text } });
    expect(JSON.stringify(mistakes)).toMatch(/secret/);
    expect(JSON.stringify(mistakes)).not.toContain(KEPT);
    const { version } = await owner('GET /api/configuration');
    await expect(
      owner('PUT /api/configuration', { body: { text }, ifMatch: version }),
    ).rejects.toMatchObject({ code: 'invalid_configuration' });
  });

  it('stays where it is while the text around it changes', async () => {
    const { text, version } = await owner('GET /api/configuration');
    const next = text.replace('https://api.openai.com/v1', 'https://api.openai.com/v2');
    const applied = await owner('PUT /api/configuration', {
      body: { text: next },
      ifMatch: version,
    });
    expect(applied.text).toContain(REFERENCE);
    expect(
      (await owner('GET /api/providers/{name}', { params: { name: 'mine' } })).baseUrl,
    ).toMatch(/v2$/);
  });

  it('does not follow an earlier version to the host of that time', async () => {
    const params = { name: 'mine' };
    const { number } = await owner('GET /api/configuration');
    const { version } = await owner('GET /api/providers/{name}', { params });
    await owner('PATCH /api/providers/{name}', {
      params,
      body: { baseUrl: 'https://example.com' },
      ifMatch: version,
    });
    await owner('PUT /api/providers/{name}/credentials/{credential}', {
      params: { ...params, credential: 'main' },
      body: { value: 'for-example-com-alone' },
    });
    await expect(
      owner('POST /api/configuration/versions/{number}/restore', {
        params: { number: String(number) },
      }),
    ).rejects.toMatchObject({ code: 'invalid_configuration' });
  });

  it('of a field of an API is for those alone who may write it', async () => {
    const { text, version } = await owner('GET /api/configuration');
    const written = `${text}\napis: [{ name: mined, path: /mined, upstreams: ["https://example.com"], headers: { request: { set: { x-api-key: canary-in-the-console } } } }]\n`;
    const { number } = await owner('PUT /api/configuration', {
      body: { text: written },
      ifMatch: version,
    });
    const params = { number: String(number) };
    const seen = [
      await viewer('GET /api/configuration'),
      await viewer('GET /api/configuration/versions/{number}', { params }),
      await viewer('POST /api/configuration/validate', { body: { text } }),
      await viewer('GET /api/apis'),
    ];
    expect(JSON.stringify(seen)).not.toContain('canary');
    expect((await owner('GET /api/configuration')).text).toContain('canary-in-the-console');
    const { items } = await owner('GET /api/apis');
    expect(JSON.stringify(items).match(/canary[-\w]*/g)).toEqual(['canary-in-the-console']);
  });
});
