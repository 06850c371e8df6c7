import { createClient } from '@vitalgate/contract/api/client';
import { expect, it, vi } from 'vitest';
import { KEY, post, testGateway } from '../harness/gateway.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

const TOKEN = 'an-admin-token-of-32-characters-or-more';

it('what requests meet outweighs a probe that looks fine, for one model alone (MX15)', async () => {
  // Its list of models is always there, and one of its models never is.
  const fine = await Upstream.start('fine', (received, response) => {
    if (received.body.includes('"broken"')) response.writeHead(500).end();
    else return answerWell(received, response);
  });
  const spare = await Upstream.start('spare', answerWell);
  const gateway = await testGateway({
    environment: { VITALGATE_ADMIN_TOKEN: TOKEN },
    config: `health: { fall: 2, rest: 30s, maxRest: 60s, probeInterval: 100ms }
providers:
  - { name: fine, dialect: openai-chat, baseUrl: "${fine.url}", private: true, canary: { budget: 0.01, interval: 1h } }
  - { name: spare, dialect: openai-chat, baseUrl: "${spare.url}", private: true }
models:
  - { name: a, targets: [{ provider: fine, model: broken, priority: 0 }, { provider: spare, model: m, priority: 1 }] }
  - { name: b, targets: [{ provider: fine, model: well, priority: 0 }, { provider: spare, model: m, priority: 1 }] }
keys: [{ name: client, secret: ${KEY} }]
`,
  });
  const ask = async (model: string) => {
    const answer = await post(gateway.url, '/v1/chat/completions', { model, messages: [] });
    await answer.text();
    const target = answer.headers.get('x-vitalgate-target');
    return [answer.status, target, answer.headers.get('x-vitalgate-attempts')];
  };
  const looks = () => fine.received.filter(({ method }) => method === 'GET').length;
  const broken = () => fine.calls.filter(({ body }) => body.includes('"broken"')).length;

  for (let i = 0; i < 4; i += 1) expect((await ask('a')).slice(0, 2)).toEqual([200, 'spare/m']);
  const met = broken();
  expect(met).toBeLessThanOrEqual(3);

  // It is looked at again and again, and is well each time.
  const seen = looks();
  await vi.waitUntil(() => looks() >= seen + 5, { timeout: 10_000 });
  for (let i = 0; i < 20; i += 1) {
    expect(await ask('a')).toEqual([200, 'spare/m', '1']);
    expect(await ask('b')).toEqual([200, 'fine/well', '1']);
  }
  expect(broken()).toBe(met);
  const owner = createClient({ baseUrl: gateway.addresses.admin, token: TOKEN });
  const { items } = await owner.call('GET /api/targets');
  const states = new Map(items.map(({ id, state }) => [id, state]));
  expect([states.get('fine/broken'), states.get('fine/well')]).toEqual(['resting', 'serving']);
  // What looks have cost is told; without a price none is paid for.
  const metrics = await (await fetch(`${gateway.addresses.probes}/metrics`)).text();
  expect(metrics).toMatch(/^vitalgate_canary_spend\w*\{provider="fine"\} 0$/m);
});
