import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import type { ServerResponse } from 'node:http';
import { readFile, writeFile } from 'node:fs/promises';
import { expect, it, onTestFinished } from 'vitest';
import { chatConfig, post, testGateway } from '../harness/gateway.ts';
import { Upstream, type Received } from '../harness/upstream.ts';

/** Texts that are read on another thread get the same verdict as any other. */

/** Says what it was asked, or this. */
const echo =
  (said?: string) =>
  ({ body }: Received, response: ServerResponse): void => {
    const { messages } = JSON.parse(body.toString()) as { messages: { content: string }[] };
    const content = said ?? messages.at(-1)?.content;
    const message = { role: 'assistant', content };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({
        id: 'c',
        object: 'chat.completion',
        choices: [{ index: 0, message, finish_reason: 'stop' }],
      }),
    );
  };

async function gatewayFor(guardrails: string) {
  const upstream = await Upstream.start('only', echo());
  const gateway = await testGateway({
    config: chatConfig('openai-chat', [upstream], `guardrails: [${guardrails}]`),
  });
  const ask = async (content: string) => {
    const answer = await post(gateway.url, '/v1/chat/completions', {
      model: 'chat',
      messages: [{ role: 'user', content }],
    });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };
  return { ...gateway, upstream, ask };
}

/** It has what is looked for and is none of it: a text that has not is left in bytes. */
const filler = 'Nothing to be seen in here, @ 1 2 3 4 5 6. '.repeat(6000);
const contentOf = (text: string): string =>
  (JSON.parse(text) as { choices: { message: { content: string } }[] }).choices[0]?.message
    .content ?? '';
const sentTo = ({ calls }: Upstream): string =>
  (JSON.parse(calls.at(-1)?.body.toString() ?? '{}') as { messages: { content: string }[] })
    .messages[0]?.content ?? '';

/** Threads that are started from now on. */
function startedThreads(): Worker[] {
  const started: Worker[] = [];
  const add = (worker: Worker) => started.push(worker);
  process.on('worker', add);
  onTestFinished(() => void process.off('worker', add));
  return started;
}

/** The thread, when it has begun to read: a text that comes before may not have waited for it. */
async function begunThread(ask: (content: string) => Promise<unknown>): Promise<Worker> {
  const starting = once(process, 'worker') as Promise<[Worker]>;
  const first = ask(filler);
  const [worker] = await starting;
  await Promise.all([first, once(worker, 'message')]);
  return worker;
}

/** How often it is asked something from now on. */
function asked(worker: Worker, onAsked: () => void = () => {}): { times: number } {
  const count = { times: 0 };
  const tell = worker.postMessage.bind(worker);
  worker.postMessage = (order, moved) => {
    count.times += 1;
    tell(order, moved as never);
    onAsked();
  };
  return count;
}

it('MG10: what is taken out of a long text is put back in a long answer, both read on a thread', async () => {
  const { ask, upstream } = await gatewayFor(
    '{ name: people, detect: email, action: redact, restore: true }',
  );
  const count = asked(await begunThread(ask));
  const said = `${filler}bob@example.com ${filler}`;
  const { status, text } = await ask(said);
  expect(status).toBe(200);
  expect(sentTo(upstream).replaceAll(filler, '…')).toMatch(/^…\[EMAIL_1_[0-9a-f]{10}\] …$/);
  expect(contentOf(text) === said).toBe(true);
  expect(count.times).toBe(2);
});

it('MG10: short texts start no thread', async () => {
  const { ask } = await gatewayFor('{ name: people, detect: email, action: flag }');
  const started = startedThreads();
  const { headers } = await ask(`${filler.slice(0, 60_000)} bob@example.com`);
  expect(headers.get('x-vitalgate-guardrails')).toBe('people;flagged');
  expect(started).toEqual([]);
});

it('MG7: a long text is refused, and a long answer, wherever in it the reason stands', async () => {
  const { ask, upstream } = await gatewayFor('{ name: cards, detect: card, action: block }');
  const count = asked(await begunThread(ask));
  expect(await ask(`${filler}4111 1111 1111 1111`)).toMatchObject({ status: 400 });
  expect(upstream.calls).toHaveLength(1);
  upstream.script = echo(`${filler}4111 1111 1111 1111`);
  expect(await ask(filler)).toMatchObject({ status: 400 });
  expect(upstream.calls).toHaveLength(2);
  expect(count.times).toBe(3);
});

it('MG7: a thread that dies in the middle of a text lets nothing pass, and fails no request', async () => {
  const { ask, upstream, logged } = await gatewayFor(
    '{ name: cards, on: request, detect: card, action: block }',
  );
  const worker = await begunThread(ask);
  const count = asked(worker, () => void worker.terminate());
  const started = startedThreads();
  const answers = await Promise.all([ask(`${filler}4111 1111 1111 1111`), ask(filler)]);
  expect(answers.map(({ status }) => status)).toEqual([400, 200]);
  expect(upstream.calls).toHaveLength(2);
  expect(count.times).toBe(1);
  const deaths = logged.filter((line) => line.includes('the thread that reads long texts ended'));
  expect(deaths).toHaveLength(1);
  // Another takes its place.
  expect(await ask(`${filler}4111 1111 1111 1111`)).toMatchObject({ status: 400 });
  expect(started).toHaveLength(1);
});

it('MG10: a new configuration is read by the same thread, which ends with the gateway', async () => {
  const gateway = await gatewayFor('{ name: cards, detect: card, action: flag }');
  const { ask, configFile } = gateway;
  const worker = await begunThread(ask);
  const count = asked(worker);
  const started = startedThreads();
  const text = `${filler}4111 1111 1111 1111 bob@example.com`;
  expect((await ask(text)).headers.get('x-vitalgate-guardrails')).toBe('cards;flagged');
  const config = await readFile(configFile, 'utf8');
  await writeFile(
    configFile,
    config.replace('name: cards, detect: card', 'name: people, detect: email'),
  );
  await gateway.reload();
  expect((await ask(text)).headers.get('x-vitalgate-guardrails')).toBe('people;flagged');
  expect(count.times).toBe(4);
  expect(started).toEqual([]);
  const ended = once(worker, 'exit');
  await gateway.stop();
  await ended;
});
