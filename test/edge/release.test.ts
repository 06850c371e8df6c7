import { globSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** What may get into a release: dependencies that have a reason, built without a secret. */

const read = (file: string): string => readFileSync(file, 'utf8');

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Everything of others that runs at an operator's, and what we would have to write without it. */
const reasons: Readonly<Record<string, string>> = {
  '@bufbuild/protobuf': 'protobuf messages by their descriptors',
  '@pydantic/genai-prices': 'prices of models, kept up by others',
  '@redis/client': 'the protocol of Redis and Valkey',
  '@simplewebauthn/server': 'passkeys (WebAuthn)',
  ajv: 'JSON Schema 2020-12',
  'ajv-formats': 'its formats',
  aws4fetch: 'AWS Signature Version 4',
  cborg: 'CBOR (RFC 8949)',
  commander: 'the command line',
  'csv-parse': 'CSV (RFC 4180), read',
  'csv-stringify': 'CSV, written',
  'eventsource-parser': 'server-sent events',
  'fast-xml-parser': 'XML, read and written',
  fastify: 'the listener of the admin API',
  'http-cache-semantics': 'what may be cached (RFC 9111)',
  ibantools: 'checksums and lengths of IBANs by country',
  'ipaddr.js': 'addresses and ranges of IPv4 and IPv6',
  jose: 'JWT and JWKS',
  jsonata: 'mappings between documents, in a language that is documented',
  kysely: 'questions to both stores, with every value bound',
  'libphonenumber-js': 'telephone numbers by country',
  'lru-cache': 'memory with a limit',
  msgpackr: 'MessagePack',
  negotiator: 'what a caller accepts (RFC 9110, section 12)',
  nodemailer: 'mail of alerts (SMTP)',
  'openid-client': 'single sign-on (OpenID Connect)',
  otpauth: 'one-time passwords (RFC 6238)',
  pg: 'the protocol of PostgreSQL',
  pino: 'the log',
  re2js: "operators' patterns, in linear time",
  undici: 'HTTP/1.1 to providers',
  yaml: 'configurations, with the place of each mistake',
  zod: 'schemas of configuration and admin API',
};

describe('R01: what an operator installs with us', () => {
  const wanted = globSync('packages/*/package.json')
    .map((file) => JSON.parse(read(file)) as Manifest)
    .flatMap(({ dependencies = {} }) => Object.keys(dependencies))
    .filter((name) => !name.startsWith('@vitalgate/'));

  it('has a reason for each', () => {
    expect([...new Set(wanted)].toSorted()).toEqual(Object.keys(reasons).toSorted());
  });

  it('is nothing at all for the library of health, and for the dialects', () => {
    for (const name of ['health', 'dialects', 'simulator']) {
      const { dependencies = {} } = JSON.parse(read(`packages/${name}/package.json`)) as Manifest;
      expect([name, dependencies]).toEqual([name, {}]);
    }
  });
});

describe('R08: what is installed with us', () => {
  /** Those that ask for their own name and text, and nothing of who uses them. */
  const allowed = new Set(
    'MIT MIT-0 ISC BSD-2-Clause BSD-3-Clause 0BSD Apache-2.0 BlueOak-1.0.0 Unlicense'.split(' '),
  );

  it('may be, by the licence that each has', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Readonly<Record<string, { dev?: boolean; link?: boolean; license?: string }>>;
    };
    const ours = /^(?:packages\/[\w-]+)?$/;
    const found = Object.entries(packages).filter(
      ([path, { dev, link }]) => !ours.test(path) && dev !== true && link !== true,
    );
    expect(found.length).toBeGreaterThan(50);
    const mayBe = (license: string): boolean =>
      license
        .replaceAll(/[()]/g, '')
        .split(/ or /i)
        .some((choice) => choice.split(/ and /i).every((one) => allowed.has(one)));
    const others = found.filter(([, { license = '' }]) => !mayBe(license));
    expect(others.map(([path, { license }]) => `${path}: ${license}`)).toEqual([]);
  });
});

describe('R06: what builds and tests', () => {
  const files = readdirSync('.ci').map((name) => ({ name, text: read(`.ci/${name}`) }));

  it('is one script, which fetches nothing but what the lock binds', () => {
    expect(files.map(({ name }) => name)).toEqual(['run']);
    const commands = files.flatMap(({ text }) =>
      text.split('\n').filter((line) => /\b(?:npm|npx|curl|wget|git|pip|docker)\b/.test(line)),
    );
    expect(commands.map((line) => line.trim())).toEqual([
      'npm ci',
      expect.stringMatching(/^npm test /),
      expect.stringMatching(/^npm run check /),
    ]);
  });

  it('has no secret and asks for none, and publishes nothing', () => {
    for (const { text } of files) {
      expect(text).not.toMatch(/secret|token|password|credential|_KEY\b/i);
      expect(text).not.toMatch(/\bpublish\b|\$\{?[A-Z]*(?:NPM|GITHUB|AWS)/);
    }
    const scripts = globSync(['package.json', 'packages/*/package.json'])
      .map((file) => JSON.parse(read(file)) as { scripts?: Record<string, string> })
      .flatMap(({ scripts = {} }) => Object.values(scripts));
    expect(scripts.filter((script) => /\bpublish\b/.test(script))).toEqual([]);
    expect(read('.npmrc')).not.toMatch(/_auth|_password|registry/i);
  });
});
