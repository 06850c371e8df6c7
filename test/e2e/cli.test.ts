import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { chatConfig, post, testGateway } from '../harness/gateway.ts';
import { vitalgate } from '../harness/process.ts';
import { answerJson, answerWell, Upstream } from '../harness/upstream.ts';

describe('vitalgate simulate', () => {
  it('is a provider by itself, says that it is a toy, and ends on SIGTERM', async () => {
    const simulator = vitalgate(['simulate', '--port', '0']);
    await simulator.until(/^ready$/m);
    const url = simulator.address('simulator');
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'any' });
    const answer = await client.chat.completions.create({
      model: 'anything',
      messages: [{ role: 'user', content: 'hello' }],
    });
    expect(answer.choices[0]?.message.content).toContain('[simulated]');
    expect(await (await fetch(`${url}/_simulator`)).text()).toContain('faults');
    simulator.child.kill('SIGTERM');
    expect((await simulator.ended).code).toBe(0);
  });
});

describe('vitalgate check', () => {
  const check = async (url: string) => {
    const { code, stdout } = await vitalgate(['check', url]).ended;
    return [code, stdout.split(' ')[0]];
  };

  it('exits 0 healthy, 1 degraded, 2 unhealthy, 3 unknown', async () => {
    const first = await Upstream.start('first', answerWell);
    const second = await Upstream.start('second', answerWell);
    const gateway = await testGateway({ config: chatConfig('openai-chat', [first, second]) });
    const url = `${gateway.url}/health`;
    expect(await check(url)).toEqual([0, 'healthy']);

    const fail = async () => {
      for (let i = 0; i < 3; i += 1)
        await post(gateway.url, '/v1/chat/completions', { model: 'chat' });
    };
    first.script = (_received, response) => answerJson(response, 500, {});
    await fail();
    expect(await check(url)).toEqual([1, 'degraded']);
    second.script = first.script;
    await fail();
    expect(await check(url)).toEqual([2, 'unhealthy']);
    await gateway.stop();
    expect(await check(url)).toEqual([3, 'unknown']);
  });
});

describe('vitalgate targets', () => {
  it('shows the board to whoever has an admin token', async () => {
    const token = 'an-admin-token-of-32-characters-or-more';
    const upstream = await Upstream.start('only', answerWell);
    const gateway = await testGateway({
      config: chatConfig('openai-chat', [upstream]),
      environment: { VITALGATE_ADMIN_TOKEN: token },
    });
    const { admin } = gateway.addresses;
    const shown = await vitalgate(['targets', '--admin', admin], { VITALGATE_ADMIN_TOKEN: token })
      .ended;
    expect(shown.stdout).toMatch(/^only\/upstream-model\s+serving\s+/m);
    const refused = await vitalgate(['targets', '--admin', admin, '--token', 'wrong']).ended;
    expect([refused.code, refused.stderr]).toEqual([
      3,
      `${admin} answered 401; is the token right?\n`,
    ]);

    const act = (path: string) =>
      fetch(`${admin}/api/targets/${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
      });
    expect(await (await act('drain/only/upstream-model')).json()).toMatchObject({
      state: 'drained',
    });
    const answer = await post(gateway.url, '/v1/chat/completions', { model: 'chat' });
    expect(answer.status).toBe(503);
    expect((await act('serve/only/upstream-model')).status).toBe(200);
    expect((await post(gateway.url, '/v1/chat/completions', { model: 'chat' })).status).toBe(200);
    expect((await act('drain/nobody/nothing')).status).toBe(404);
    expect((await act('explode/only/upstream-model')).status).toBe(404);
  });
});

describe('help', () => {
  it('teaches, and a wrong word is told', async () => {
    const help = await vitalgate(['start', '--help']).ended;
    expect([help.code, help.stdout]).toEqual([
      0,
      expect.stringContaining('VITALGATE_ADMIN_TOKEN') as string,
    ]);
    const wrong = await vitalgate(['strat']).ended;
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain('start');
  });
});
