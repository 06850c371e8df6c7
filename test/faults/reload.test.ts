/**
 * A configuration is let go while callers still use it: what began with it ends with it, and what is
 * learnt of it then is held against nothing that came after.
 */
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { chatConfig, KEY, post, testGateway, type TestGateway } from '../harness/gateway.ts';
import { answerJson, answerWell, chatAnswer, Upstream } from '../harness/upstream.ts';

const json = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };

async function answerOf(call: ReturnType<typeof request>) {
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  return { status: answer.statusCode, body: (await buffer(answer)).toString() };
}

it('serves a call whose body came before the reload in part', async () => {
  const upstream = await Upstream.start('only', answerWell);
  const gateway = await testGateway({ config: chatConfig('openai-chat', [upstream]) });
  const body = JSON.stringify({ model: 'chat', messages: [] });
  const call = request(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { ...json, 'content-length': body.length, expect: '100-continue' },
  });
  const going = once(call, 'continue');
  call.flushHeaders();
  await going;
  await gateway.reload();
  call.end(body);
  expect(await answerOf(call)).toMatchObject({ status: 200 });
});

it('tries the next provider for a call whose first one failed after the reload', async () => {
  const release = Promise.withResolvers<void>();
  const first = await Upstream.start('first', async (_received, response) => {
    await release.promise;
    answerJson(response, 500, {});
  });
  const second = await Upstream.start('second', answerWell);
  const gateway = await testGateway({ config: chatConfig('openai-chat', [first, second]) });
  const asked = first.nextCall();
  const answered = post(gateway.url, '/v1/chat/completions', { model: 'chat' });
  await asked;
  await gateway.reload();
  release.resolve();
  const answer = await answered;
  expect(await answer.json()).toEqual(chatAnswer);
});

it('holds nothing against a provider at its new address that failed at its old one', async () => {
  const release = Promise.withResolvers<void>();
  const old = await Upstream.start('only', async (_received, response) => {
    await release.promise;
    response.destroy();
  });
  const moved = await Upstream.start('only', answerWell);
  const config = chatConfig('openai-chat', [old]);
  const gateway = await testGateway({ config: `${config}health: { fall: 1 }\n` });
  const ask = () => post(gateway.url, '/v1/chat/completions', { model: 'chat' });
  const first = old.nextCall();
  const answered = ask();
  await first;
  await move(gateway, old, moved);
  release.resolve();
  expect((await answered).status).toBe(502);
  expect((await ask()).status).toBe(200);
});

it('asks at a new address for a model that was not there at the old one', async () => {
  const old = await Upstream.start('only', (_received, response) => answerJson(response, 404, {}));
  const moved = await Upstream.start('only', answerWell);
  const gateway = await testGateway({ config: chatConfig('openai-chat', [old]) });
  const ask = () => post(gateway.url, '/v1/chat/completions', { model: 'chat' });
  expect((await ask()).status).toBe(404);
  await move(gateway, old, moved);
  expect((await ask()).status).toBe(200);
});

it('takes nothing of a configuration that cannot be used', async () => {
  const upstream = await Upstream.start('only', answerWell);
  const limits = 'limits: [{ requests: 1, per: 1h }]';
  const gateway = await testGateway({
    config: `${chatConfig('openai-chat', [upstream])}${limits}\n`,
  });
  const text = readFileSync(gateway.configFile, 'utf8').replace(limits, limits.replace('1,', '9,'));
  const api = `{ name: broken, path: /broken, upstreams: ['${upstream.url}'], private: true, openapi: { document: nowhere.yaml } }`;
  writeFileSync(gateway.configFile, `${text}apis: [${api}]\n`);
  await gateway.reload();
  expect(gateway.logged.join('')).toContain('configuration not reloaded');
  const ask = () => post(gateway.url, '/v1/chat/completions', { model: 'chat' });
  expect((await ask()).status).toBe(200);
  expect((await ask()).status).toBe(429);
});

async function move(gateway: TestGateway, from: Upstream, to: Upstream): Promise<void> {
  const text = readFileSync(gateway.configFile, 'utf8');
  writeFileSync(gateway.configFile, text.replace(from.url, to.url));
  await gateway.reload();
}
