/**
 * A configuration is let go while callers still use it: what began with it ends with it, and what is
 * learnt of it then is held against nothing that came after.
 */
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { chatConfig, KEY, post, testGateway } from '../harness/gateway.ts';
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
