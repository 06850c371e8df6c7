import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DialectName } from '@vitalgate/dialects';
import { KEY, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { asking, everyDialect, saying } from '../harness/speaker.ts';
import { Upstream } from '../harness/upstream.ts';

/** E05: numbers that no vendor takes, where each dialect has them. */
let upstream: Upstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await Upstream.shared(
    'any',
    saying(() => ({ pieces: ['well'] })),
  );
  gateway = await sharedGateway({
    config: everyDialect(upstream.url, `keys: [{ name: client, secret: ${KEY} }]`),
  });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

/** JSON, for some of them are numbers that only JSON can write. */
const amounts = ['-1', '0', '1e308', '"NaN"', '9007199254740993', '1.5', '1e400', 'true', '[1]'];

interface Place {
  readonly path: string;
  readonly dialect: DialectName;
  /** A field that holds an amount, and one that holds a temperature. */
  readonly amount: string;
  readonly temperature: string;
}

const places: readonly Place[] = [
  {
    path: '/v1/chat/completions',
    dialect: 'openai-chat',
    amount: 'max_tokens',
    temperature: 'temperature',
  },
  {
    path: '/v1/responses',
    dialect: 'openai-responses',
    amount: 'max_output_tokens',
    temperature: 'temperature',
  },
  { path: '/v1/messages', dialect: 'anthropic', amount: 'max_tokens', temperature: 'temperature' },
  {
    path: '/v1beta/models/chat:generateContent',
    dialect: 'gemini',
    amount: 'generationConfig.maxOutputTokens',
    temperature: 'generationConfig.temperature',
  },
  {
    path: '/model/chat/converse',
    dialect: 'bedrock',
    amount: 'inferenceConfig.maxTokens',
    temperature: 'inferenceConfig.temperature',
  },
];

/** The same request with something at a place of it, which may be inside of something. */
function withValue({ dialect }: Place, at: string, value: string): string {
  const { [at]: _replaced, ...fields } = asking(dialect, 'chat', 'hello', false);
  const [name = '', inside] = at.split('.');
  const put = inside === undefined ? value : `{"${inside}":${value}}`;
  return `{"${name}":${put},${JSON.stringify(fields).slice(1)}`;
}

/** Nothing is an amount for Anthropic, which warms its cache; protobuf's JSON has numbers as strings. */
const taken: ReadonlySet<string> = new Set(['anthropic 0', 'gemini "1"']);

const cases = places
  .flatMap((place) => [
    ...amounts.map((value) => ({ ...place, at: place.amount, value, place })),
    ...['1e400', '-1', '"1"', '99'].map((value) => {
      return { ...place, at: place.temperature, value, place };
    }),
  ])
  .filter(({ dialect, value }) => !taken.has(`${dialect} ${value}`));

describe('E05: a number that nobody takes', () => {
  it.each(cases)('$path, $at: $value', async ({ path, at, value, place }) => {
    const answer = await fetch(gateway.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
      body: withValue(place, at, value),
    });
    const text = await answer.text();
    expect([answer.status, text]).toEqual([400, expect.stringContaining(`${at}: found `)]);
    expect(upstream.received.splice(0).filter(({ method }) => method === 'POST')).toEqual([]);
  });

  it.each(places)('$path takes the others', async (place) => {
    const answer = await fetch(gateway.url + place.path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
      body: withValue(place, place.amount, '12'),
    });
    await answer.text();
    expect(answer.status).toBe(200);
    upstream.received.length = 0;
  });
});
