/** X10: each way in which a provider cannot be reached has a reason of its own, and costs little. */
import dns from 'node:dns';
import { createServer as createSecure } from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { KEY, post, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';
import { selfSigned } from '../health/certificate.ts';

/** What the resolver of the system says, as Node tells it; undefined: nothing, for ever. */
const names: Readonly<Record<string, string | { readonly code: string } | undefined>> = {
  'nobody.test': { code: 'ENOTFOUND' },
  'broken.test': { code: 'EAI_AGAIN' },
  'silent.test': undefined,
  'metadata.test': '169.254.169.254',
  'closed.test': '127.0.0.1',
};
const asked: string[] = [];
const real = dns.lookup;

/** The resolver is the one part that is played: another cannot be had without the machine's leave. */
function play(hostname: string, options: object, callback: (...told: unknown[]) => void): void {
  if (!(hostname in names))
    return (real as (...all: unknown[]) => void)(hostname, options, callback);
  asked.push(hostname);
  const told = names[hostname];
  if (told === undefined) return;
  setImmediate(() => {
    if (typeof told === 'string') callback(null, [{ address: told, family: 4 }]);
    else callback(Object.assign(new Error(`getaddrinfo ${told.code} ${hostname}`), told));
  });
}

let spare: Upstream;
let gateway: TestGateway;
const secure = createSecure(
  selfSigned('localhost', new Date(Date.now() - 86_400_000), new Date(Date.now() + 86_400_000)),
  (_, response) => response.end('{}'),
);

beforeAll(async () => {
  Object.assign(dns, { lookup: play });
  syncBuiltinESMExports();
  spare = await Upstream.shared('spare', answerWell);
  const gone = await Upstream.shared('gone', answerWell);
  const { port: closed } = new URL(gone.url);
  await gone.close();
  await new Promise<void>((ready) => secure.listen(0, '127.0.0.1', ready));
  const { port: ofSecure } = secure.address() as AddressInfo;
  const bad: Readonly<Record<string, string>> = {
    refused: `http://127.0.0.1:${closed}`,
    nobody: 'http://nobody.test',
    broken: 'http://broken.test',
    silent: 'http://silent.test',
    metadata: 'http://metadata.test',
    closed: `http://closed.test:${closed}`,
    tls: `https://localhost:${ofSecure}`,
  };
  gateway = await sharedGateway({
    config: `health: { fall: 1, probeInterval: 1h }
providers:
${Object.entries(bad)
  .map(
    ([name, url]) =>
      `  - { name: ${name}, dialect: openai-chat, baseUrl: "${url}", private: true }`,
  )
  .join('\n')}
  - { name: spare, dialect: openai-chat, baseUrl: "${spare.url}", private: true }
models:
${Object.keys(bad)
  .flatMap((name) =>
    [name, `${name}-again`].map(
      (model) =>
        `  - { name: ${model}, targets: [{ provider: ${name}, model: ${model} }, { provider: spare, model: m }], timeouts: { connect: 1s } }`,
    ),
  )
  .join('\n')}
keys: [{ name: client, secret: ${KEY} }]
`,
  });
});
afterAll(async () => {
  Object.assign(dns, { lookup: real });
  syncBuiltinESMExports();
  await gateway.stop();
  await spare.close();
  secure.close();
});

async function ask(model: string) {
  const startedAt = performance.now();
  const answer = await post(gateway.url, '/v1/chat/completions', { model, messages: [] });
  await answer.text();
  return {
    status: answer.status,
    target: answer.headers.get('x-vitalgate-target'),
    ms: performance.now() - startedAt,
  };
}

it.each([
  ['refused', 'connect_refused', 200],
  ['nobody', 'dns_not_found', 2000],
  ['broken', 'dns_unavailable', 2000],
  ['silent', 'dns_timeout', 2000],
  ['metadata', 'address_forbidden', 2000],
  ['closed', 'connect_refused', 2000],
  ['tls', 'tls_untrusted', 2000],
])('%s is %s, and another provider answers', async (name, reason, most) => {
  // The first call makes what all others find.
  await ask('closed-again');
  const { status, target, ms } = await ask(name);
  expect([status, target]).toEqual([200, 'spare/m']);
  expect(ms).toBeLessThan(most);
  const told = gateway.logged.filter((line) => line.includes(`"${name}/${name}"`)).join('');
  expect(told).toContain(`"reason":"${reason}"`);
});

it('a name that is being resolved is asked for once, however many wait', async () => {
  asked.length = 0;
  const all = await Promise.all(Array.from({ length: 50 }, () => ask('silent-again')));
  expect(new Set(all.map(({ status, target }) => `${status} ${target}`))).toEqual(
    new Set(['200 spare/m']),
  );
  expect(asked.filter((name) => name === 'silent.test').length).toBeLessThanOrEqual(1);
});
