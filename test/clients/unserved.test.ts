/** What of the vendors' APIs is not served, asked for by their own clients. */
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { chatConfig, KEY, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

let upstream: Upstream;
let gateway: TestGateway;
beforeAll(async () => {
  upstream = await Upstream.shared('only', answerWell);
  gateway = await sharedGateway({ config: chatConfig('openai-chat', [upstream]) });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

const messages = [{ role: 'user', content: 'Hi' } as const];
const openai = (base: string) =>
  new OpenAI({ baseURL: gateway.url + base, apiKey: KEY, maxRetries: 0 });
const anthropic = () => new Anthropic({ baseURL: gateway.url, apiKey: KEY, maxRetries: 0 });
const google = () => new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl: gateway.url } });
const ollama = () => new Ollama({ host: gateway.url, headers: { authorization: `Bearer ${KEY}` } });

it.each<[string, () => Promise<unknown>]>([
  ['openai batches', async () => openai('/v1').batches.list()],
  ['openai files', async () => openai('/v1').files.list()],
  ['openai images', () => openai('/v1').images.generate({ prompt: 'x' })],
  ['openai moderations', () => openai('/v1').moderations.create({ input: 'x' })],
  ['anthropic batches', async () => anthropic().messages.batches.list()],
  ['google files', () => google().files.list()],
  ['google caches', () => google().caches.list()],
  ['ollama pull', () => ollama().pull({ model: 'x' })],
])('%s are told to be none of it, in the client’s own words', async (_, ask) => {
  await expect(ask()).rejects.toThrow(/there is nothing at .*; of the vendors' APIs/);
});

it.each(['', '/v1/', '/v1/v1'])('a base of %j is told what was meant', async (base) => {
  const ask = () => openai(base).chat.completions.create({ model: 'chat', messages });
  if (base === '/v1/') expect((await ask()).choices).toHaveLength(1);
  else await expect(ask()).rejects.toThrow('did you mean /v1/chat/completions?');
});
