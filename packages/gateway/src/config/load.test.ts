import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultConfig } from './default.ts';
import { describeMistakes, parseConfig } from './load.ts';

const told = (text: string, environment: Record<string, string> = {}) => {
  const result = parseConfig(text, environment);
  return 'mistakes' in result ? describeMistakes('file.yaml', result.mistakes) : 'ok';
};

const provider = 'providers: [{ name: a, dialect: openai-chat, baseUrl: "https://a.example/v1" }]';

/** One file per kind of mistake, with the words a person reads. */
const mistakes: readonly (readonly [text: string, expected: string])[] = [
  ['version: 2', 'file.yaml:1:1 version: expected version: 1'],
  [
    'version: 1\nlisten: { gate: x }',
    'file.yaml:2:11 listen.gate: not known; allowed here: gateway, admin, probes, tls, agent, grpc',
  ],
  [
    'version: 1\nlisten:\n  gateway: 8080',
    'file.yaml:3:3 listen.gateway: Invalid input: expected string, received number',
  ],
  [
    'version: 1\nlisten:\n  gateway: localhost',
    'file.yaml:3:3 listen.gateway: expected host:port, such as 127.0.0.1:8080 or [::1]:8080',
  ],
  [
    'version: 1\nserver: { maxBody: 10MB }',
    'file.yaml:2:11 server.maxBody: expected a number with a unit (B, KiB, MiB, GiB), such as 1MiB',
  ],
  [
    'version: 1\nserver: { bodyTimeout: 10 s }',
    'file.yaml:2:11 server.bodyTimeout: expected a number with a unit (ms, s, m, h, d), such as 10s',
  ],
  [
    'version: 1\nstore: mysql://x',
    'file.yaml:2:1 store: expected sqlite:PATH, such as sqlite:./data/vitalgate.db, or postgres://USER:PASSWORD@HOST:5432/DATABASE',
  ],
  [
    'version: 1\naccess: { allow: [10.0.0.0/33] }',
    'file.yaml:2:19 access.allow.0: expected an address or a range, such as 10.0.0.0/8 or 2001:db8::/32',
  ],
  [
    'version: 1\nproviders: [{ name: a, dialect: telepathy }]',
    'file.yaml:2:24 providers.0.dialect: expected one of: openai-chat, openai-responses, anthropic, gemini, mistral, cohere, ollama, bedrock, vertex, azure-openai, simulator',
  ],
  [
    'version: 1\nproviders: [{ name: a, dialect: anthropic }]',
    'file.yaml:2:13 providers.0: expected a baseUrl for dialect anthropic',
  ],
  [
    'version: 1\nproviders: [{ name: a, dialect: anthropic, baseUrl: "ftp://x" }]',
    'file.yaml:2:44 providers.0.baseUrl: expected an http:// or https:// URL',
  ],
  [
    'version: 1\nproviders: [{ name: a, dialect: anthropic, baseUrl: "https://u:p@x" }]',
    'file.yaml:2:44 providers.0.baseUrl: expected a URL without user, password, query and fragment; put the key under credentials',
  ],
  [
    'version: 1\nproviders: [{ name: a, dialect: anthropic, baseUrl: "http://127.1:80" }]',
    'file.yaml:2:44 providers.0.baseUrl: found an address of this machine; if that is meant, say private: true',
  ],
  [
    'version: 1\nproviders: [{ name: a, dialect: ollama, local: { file: ./a.gguf } }]',
    'file.yaml:2:41 providers.0.local: only for dialect openai-chat, which its server speaks',
  ],
  [
    'version: 1\nproviders: [{ name: a, dialect: openai-chat, baseUrl: "https://x", local: { file: ./a.gguf } }]',
    'file.yaml:2:68 providers.0.local: found a baseUrl as well; expected one of them',
  ],
  [
    'version: 1\nproviders: [{ name: a, dialect: bedrock, baseUrl: "https://x", credentials: [{ name: m, accessKeyId: A }] }]',
    'file.yaml:2:78 providers.0.credentials.0: expected value, or accessKeyId with secretAccessKey, or serviceAccount, and only one of them',
  ],
  [
    'version: 1\nproviders: [{ name: a, dialect: vertex, baseUrl: "https://x", credentials: [{ name: m, serviceAccount: "{}" }] }]',
    'file.yaml:2:88 providers.0.credentials.0.serviceAccount: expected the JSON of a service account’s key, with type service_account, client_email and private_key',
  ],
  [
    'version: 1\nproviders: [{ name: a, dialect: anthropic, baseUrl: "https://x", credentials: [{ name: m, serviceAccount: "{}" }] }]',
    'file.yaml:2:91 providers.0.credentials.0.serviceAccount: only for dialect vertex; expected value',
  ],
  [
    `version: 1\n${provider}\nmodels: [{ name: m, targets: [] }]`,
    'file.yaml:3:21 models.0.targets: expected at least one target',
  ],
  [
    `version: 1\n${provider}\nmodels: [{ name: m, targets: [{ provider: b, model: x }] }]`,
    'file.yaml:3:33 models.0.targets.0.provider: found no provider "b"; there are: a',
  ],
  [
    `version: 1\n${provider}\nmodels: [{ name: m, routing: best, targets: [{ provider: a, model: x }] }]`,
    'file.yaml:3:21 models.0.routing: expected one of: ordered, weighted, fastest, cheapest',
  ],
  [
    'version: 1\nkeys: [{ name: k, secret: short }]',
    'file.yaml:2:19 keys.0.secret: expected a key secret of at least 8 characters',
  ],
  [
    'version: 1\nkeys: [{ name: k, secret: long-enough, expires: tomorrow }]',
    'file.yaml:2:40 keys.0.expires: expected a date such as 2027-01-01 or 2027-01-01T12:00:00Z',
  ],
  [
    'version: 1\nkeys: [{ name: k, secret: long-enough, models: [m] }]',
    'file.yaml:2:49 keys.0.models.0: found no model "m"; there are: none',
  ],
  [
    'version: 1\nkeys: [{ name: k, secret: same-secret }, { name: l, secret: same-secret }]',
    'file.yaml:2:53 keys.1.secret: found the secret of another key',
  ],
  [
    'version: 1\nkeys: [{ name: k, secret: "${NOT_SET}" }]',
    'file.yaml:2:27 found ${NOT_SET}, and the environment has no NOT_SET; set it, or write ${NOT_SET:-default}',
  ],
  ['version: 1\nstore: "${1}"', 'file.yaml:2:8 found ${1}, expected ${NAME} or ${NAME:-default}'],
];

describe('parseConfig', () => {
  it.each(mistakes)('%j', (text, expected) => {
    expect(told(text).split('\n')).toContain(expected);
  });

  it('tells all mistakes at once, in the order of the file', () => {
    const text = `version: 1
listen: { gateway: nowhere }
providers:
  - { name: a, dialect: openai-chat }
  - { name: a, dialect: anthropic, baseUrl: "https://x" }
models:
  - { name: m, targets: [{ provider: c, model: x, weight: -1 }] }
extra: 1`;
    const lines = told(text).split('\n');
    expect(lines.map((line) => line.split(' ')[0])).toEqual([
      'file.yaml:2:11',
      'file.yaml:4:5',
      'file.yaml:5:7',
      'file.yaml:7:28',
      'file.yaml:7:51',
      'file.yaml:8:1',
    ]);
  });

  it('never quotes a secret', () => {
    const secret = 'sk-a-very-secret-value';
    const text = `version: 1
providers: [{ name: a, dialect: nothing, credentials: [{ name: m, value: ${secret}, extra: ${secret} }] }]
keys: [{ name: k, secret: "\${KEY}", ips: [x] }, { name: k, secret: "\${KEY}" }]`;
    expect(told(text, { KEY: 'another-secret-value' })).not.toMatch(/very-secret|another-secret/);
  });

  it('takes values from the environment, also for numbers and switches', () => {
    const result = parseConfig(
      'version: 1\naccess: { anonymous: "${OPEN}" }\nserver: { maxConnections: "${MAX:-7}" }\nstore: sqlite:$${x}/${EMPTY:-y}',
      { OPEN: 'true', EMPTY: '' },
    );
    expect(result).toMatchObject({
      config: {
        access: { anonymous: true },
        server: { maxConnections: 7 },
        store: 'sqlite:${x}/y',
      },
    });
  });

  it('refuses aliases that multiply, and aliases to themselves', () => {
    const bomb = `version: 1\na: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]`;
    expect(told(bomb)).toContain('too many aliases');
    expect(told('version: 1\nproviders: &p [*p]')).toContain('alias');
  });

  it('answers any text with a configuration or with mistakes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        const result = parseConfig(text, {});
        expect('config' in result || result.mistakes.length > 0).toBe(true);
      }),
    );
  });
});

describe('the default', () => {
  it('has two toys behind one model, and listens where the environment says', () => {
    expect(defaultConfig({ VITALGATE_GATEWAY: '127.0.0.1:9999' })).toMatchObject({
      listen: { gateway: { port: 9999 }, admin: { port: 8081 } },
      models: [{ name: 'demo', targets: [{ provider: 'simulator' }, { provider: 'standby' }] }],
    });
    expect(() => defaultConfig({ VITALGATE_GATEWAY: 'x' })).toThrow(/host:port/);
  });
});
