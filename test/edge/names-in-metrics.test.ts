import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { rawExchange } from '../apis/raw.ts';
import { chatConfig, KEY, testGateway } from '../harness/gateway.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

/** L10: names that callers make up do not fill the memory of whoever collects metrics. */

const NAMES = 10_000;
const CONNECTIONS = 5;
const PIPELINED = 100;

const madeUp = (): string => randomBytes(8).toString('hex');

const request = (model: string, user: string, last: boolean): string => {
  const body = JSON.stringify({ model, user, messages: [{ role: 'user', content: 'hi' }] });
  return `POST /v1/chat/completions HTTP/1.1\r\nHost: gateway.test\r\nAuthorization: Bearer ${KEY}\r\nContent-Type: application/json\r\nUser-Agent: ${user}\r\nContent-Length: ${body.length}\r\n${last ? 'Connection: close\r\n' : ''}\r\n${body}`;
};

it('10,000 names of models and users leave as many series as there were', async () => {
  const upstream = await Upstream.start('only', answerWell);
  const gateway = await testGateway({ config: chatConfig('openai-chat', [upstream]) });
  const send = async (count: number, name: (i: number) => string) => {
    const all = Array.from({ length: count }, (_, i) =>
      request(name(i), madeUp(), i === count - 1),
    );
    return (await rawExchange(gateway.url, all.join(''))).text;
  };
  const series = async () => {
    const text = await (await fetch(`${gateway.addresses.probes}/metrics`)).text();
    return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  };

  // Each kind of name once: its series are there from then on.
  await send(3, (i) => ['nothing', 'only/anything', 'chat'][i] ?? '');
  const before = await series();
  for (let sent = 0; sent < NAMES; sent += CONNECTIONS * PIPELINED) {
    const answered = await Promise.all(
      Array.from({ length: CONNECTIONS }, () =>
        send(PIPELINED, (i) => (i % 4 === 0 ? `only/${madeUp()}` : madeUp())),
      ),
    );
    expect(answered.join('').match(/HTTP\/1\.1 (?:200|404) /g)).toHaveLength(
      CONNECTIONS * PIPELINED,
    );
  }
  await send(1, () => 'chat');
  const after = await series();
  expect(after.length).toBeLessThanOrEqual(before.length + 100);
  // What is configured is counted by its name still.
  expect(after.join('\n')).toMatch(
    /^vitalgate_requests_total\{.*model="chat",status="200".*\} 2$/m,
  );
});
