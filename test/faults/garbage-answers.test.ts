/** Providers that answer with anything: nothing of it becomes a success, breaks us, or goes on for ever. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY, post, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { longStreams } from '../harness/long-stream.ts';
import { streamCallers } from '../harness/stream-callers.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

type Provider = keyof typeof longStreams;
type Caller = keyof typeof streamCallers;
const providers = Object.keys(longStreams) as Provider[];
const callers = Object.keys(streamCallers) as Caller[];

let upstream: Upstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await Upstream.shared('anything', answerWell);
  gateway = await sharedGateway({
    config: `health: { fall: 100 }
providers:
${providers.map((name) => `  - { name: ${name}, dialect: ${name}, baseUrl: "${upstream.url}", private: true }`).join('\n')}
models:
${providers.map((name) => `  - { name: by-${name}, targets: [{ provider: ${name}, model: m }], timeouts: { firstToken: 5s, idle: 5s, total: 10s } }`).join('\n')}
keys: [{ name: client, secret: ${KEY} }]`,
  });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

/** A generator of numbers that look random and are the same in every run (Numerical Recipes). */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const bytesOf = (parts: readonly (string | Buffer)[]): Buffer =>
  Buffer.concat(parts.map((part) => Buffer.from(part)));

/** A whole stream of a provider, and how much of it there has to be for it to be whole. */
function wholeStream(provider: Provider): { bytes: Buffer; least: number } {
  const { before, piece, after } = longStreams[provider];
  const bytes = bytesOf([...before, piece, piece, ...after]);
  const last = after.at(-1) ?? '';
  return { bytes, least: bytes.length - Buffer.byteLength(last) };
}

async function ask(
  caller: Caller,
  provider: Provider,
  answer: Buffer,
  type: string = longStreams[provider].type,
): Promise<{ status: number; text: string }> {
  upstream.script = (_, response) => {
    response.writeHead(200, { 'content-type': type });
    const half = Math.floor(answer.length / 2);
    response.write(answer.subarray(0, half));
    response.end(answer.subarray(half));
  };
  const { path, body } = streamCallers[caller];
  const model = `by-${provider}`;
  const asked = path.includes('{model}') ? body : { model, ...body };
  const response = await post(gateway.url, path.replace('{model}', model), asked);
  return {
    status: response.status,
    text: Buffer.from(await response.arrayBuffer()).toString('latin1'),
  };
}

/** What callers are told, if it is a success. */
const success = (caller: Caller, { status, text }: { status: number; text: string }): string[] =>
  status === 200 && streamCallers[caller].end.test(text) ? [text.slice(0, 200)] : [];

describe.each(providers)('MS5: a stream of %s', (provider) => {
  const random = seeded(7);
  const { bytes, least } = wholeStream(provider);

  it('is a success for every caller where it is whole', async () => {
    for (const caller of callers) {
      expect(success(caller, await ask(caller, provider, bytes))).toHaveLength(1);
    }
  });

  it('is none where it ends anywhere else', async () => {
    const wrong: string[] = [];
    for (const caller of callers) {
      for (let n = 0; n < 8; n += 1) {
        const cut = bytes.subarray(0, random(least));
        wrong.push(...success(caller, await ask(caller, provider, cut)));
      }
    }
    expect(wrong).toEqual([]);
  });

  it('is none where it is anything at all', async () => {
    const wrong: string[] = [];
    for (const caller of callers) {
      for (let n = 0; n < 6; n += 1) {
        const noise = Buffer.from(Array.from({ length: random(3000) }, () => random(256)));
        wrong.push(...success(caller, await ask(caller, provider, noise)));
      }
    }
    expect(wrong).toEqual([]);
  });

  it('breaks nothing of ours where bytes of it are others', async () => {
    for (const caller of callers) {
      for (let n = 0; n < 8; n += 1) {
        const spoilt = Buffer.from(bytes);
        for (let times = 1 + random(6); times > 0; times -= 1) {
          spoilt[random(spoilt.length)] = random(256);
        }
        const { status } = await ask(caller, provider, spoilt);
        expect(status).toBeOneOf([200, 502, 503, 504]);
      }
    }
    expect(gateway.logged.filter((line) => line.includes('a defect of the gateway'))).toEqual([]);
  });
});
