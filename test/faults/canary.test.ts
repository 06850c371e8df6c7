/** Paid looks at providers, over hours of a virtual clock. */
import { setImmediate } from 'node:timers/promises';
import { VirtualClock } from '@vitalgate/health';
import { expect, it, onTestFinished } from 'vitest';
import { KEY, post, testGateway } from '../harness/gateway.ts';
import { answerJson, answerWell, Upstream, type Script } from '../harness/upstream.ts';

const HOUR_MS = 3_600_000;
/** US dollars for a million tokens: one look costs at most 0.0015 of them. */
const PRICE = 10;

const config = (url: string, canary: string) => `providers:
  - name: only
    dialect: openai-chat
    baseUrl: ${url}
    private: true
    credentials: [{ name: main, value: sk-secret }]
    ${canary}
models:
  - name: chat
    targets: [{ provider: only, model: m, price: { input: ${PRICE}, output: ${PRICE} } }]
    timeouts: { connect: 1s, firstToken: 1s, idle: 1s, total: 20s }
keys:
  - { name: client, secret: ${KEY} }
`;

/** A gateway that lives by a virtual clock, which goes on while it stops. */
async function virtualGateway(yaml: string) {
  const clock = new VirtualClock();
  const gateway = await testGateway({ config: yaml, clock });
  onTestFinished(async () => {
    const over = new AbortController();
    const stopping = gateway.stop().finally(() => over.abort());
    while (!over.signal.aborted) {
      clock.advance(100);
      await setImmediate();
    }
    await stopping;
  });
  /** Steps are shorter than any timeout, with a turn of the sockets after each. */
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 1000) {
      clock.advance(1000);
      await fetch(`${gateway.url}/health/live`);
    }
  };
  return { gateway, pass };
}

const paid = ({ received }: Upstream) => received.filter(({ method }) => method === 'POST');

it('without a budget an hour of silence costs nothing, and is looked through all the same', async () => {
  const only = await Upstream.start('only', answerWell);
  const { pass } = await virtualGateway(config(only.url, ''));
  await pass(HOUR_MS);
  expect(paid(only)).toHaveLength(0);
  expect(only.received.length).toBeGreaterThan(100);
});

it.each<[string, Script]>([
  ['answers well', answerWell],
  ['answers 500', (_received, response) => answerJson(response, 500, { error: {} })],
  ['resets', (_received, response) => response.socket?.resetAndDestroy()],
])('a provider that %s is asked within its budget', async (_what, script) => {
  const only = await Upstream.start('only', script);
  const canary = 'canary: { budget: 0.004, interval: 1m }';
  const { gateway, pass } = await virtualGateway(config(only.url, canary));
  await pass(HOUR_MS / 4);
  expect(paid(only)).toHaveLength(2);
  const [first] = paid(only);
  expect(JSON.parse(first?.body.toString() ?? '')).toMatchObject({ model: 'm', max_tokens: 16 });
  const metrics = await (await fetch(`${gateway.addresses.probes}/metrics`)).text();
  expect(metrics).toMatch(/vitalgate_canary_spend_usd\{provider="only"\} 0\.00\d+/);

  await gateway.reload();
  await pass(HOUR_MS / 4);
  expect(paid(only)).toHaveLength(2);
});

it('tries a target whose rest is over when nobody asks, and brings it back', async () => {
  let isBroken = true;
  const only = await Upstream.start('only', (received, response) =>
    isBroken ? answerJson(response, 500, {}) : answerWell(received, response),
  );
  const canary = 'canary: { budget: 1, interval: 1h }';
  const { gateway, pass } = await virtualGateway(config(only.url, canary));
  for (let i = 0; i < 3; i += 1) await post(gateway.url, '/v1/chat/completions', { model: 'chat' });
  expect((await fetch(`${gateway.url}/health`)).status).toBe(503);
  isBroken = false;
  await pass(60_000);
  expect((await fetch(`${gateway.url}/health`)).status).toBe(200);
  expect(paid(only)).toHaveLength(4);
});
