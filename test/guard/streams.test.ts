/** MS1: what leaves of a stream is what would leave of the whole, in the words of each dialect. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { KEY, post, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { everyDialect } from '../harness/speaker.ts';
import { Upstream } from '../harness/upstream.ts';

let upstream: Upstream;
let gateway: TestGateway;
let events: readonly object[] = [];
beforeAll(async () => {
  upstream = await Upstream.shared('any', ({ path }, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const event of events) {
      const { type } = event as { type?: string };
      const name = type === undefined ? '' : `event: ${type}\n`;
      response.write(`${name}data: ${JSON.stringify(event)}\n\n`);
    }
    response.end(path.endsWith('/chat/completions') ? 'data: [DONE]\n\n' : '');
  });
  const guardrails = `guardrails:
  - { name: cards, on: answer, detect: card, action: redact, appliesTo: named }
  - { name: secrets, on: answer, detect: secrets, action: redact, appliesTo: named }
  - { name: accounts, on: answer, detect: iban, action: redact, appliesTo: named }
  - { name: short, on: answer, detect: { maxCharacters: 10 }, action: flag, appliesTo: named }
keys:
  - { name: client, secret: ${KEY} }
  - { name: cards, secret: key-of-cards, guardrails: [cards] }
  - { name: secrets, secret: key-of-secrets, guardrails: [secrets] }
  - { name: accounts, secret: key-of-accounts, guardrails: [accounts] }
  - { name: short, secret: key-of-short, guardrails: [short] }
`;
  gateway = await sharedGateway({ config: everyDialect(upstream.url, guardrails) });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

async function asked(key: string, path: string, said: readonly object[], body: object = {}) {
  events = said;
  const headers = { authorization: `Bearer key-of-${key}` };
  const answer = await post(gateway.url, path, { model: 'chat', stream: true, ...body }, headers);
  const text = await answer.text();
  expect([answer.status, text]).toEqual([200, expect.anything()]);
  return text;
}

const hello = { messages: [{ role: 'user', content: 'hello' }] };
const chunk = (content: string, finish_reason: string | null = null) => ({
  id: 'c',
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta: { content }, finish_reason }],
});
const chat = (...pieces: string[]) => [...pieces.map((one) => chunk(one)), chunk('', 'stop')];

/** Cut where nothing but the words around it says that it goes on. */
it.each([
  ['cards', 'card:4111', ' 1111 1111', ' 1111.'],
  ['cards', '4111 *', ' 1111 * 1111', ' * 1111 '],
  ['accounts', 'to:DE89', ' 3704 0044', ' 0532 0130 00, '],
  ['accounts', 'GB29 * NWBK *', ' 6016 * 1331', ' * 9268 * 19'],
  ['secrets', 'password: hu', 'né', 'ter2Zq!9 '],
  ['secrets', 'at https://bob:pä', 'ss', 'w0rd@example.com '],
])('of %s in %j %j %j nothing leaves', async (key, ...pieces) => {
  const text = await asked(key, '/v1/chat/completions', chat(...pieces), hello);
  expect(text).toMatch(/\[(?:CARD|IBAN|ASSIGNED_SECRET|URL_PASSWORD)\]/);
  expect(text).not.toMatch(/1111|3704|6016|ter2Zq|w0rd/);
});

it('a reason that is empty ends nothing', async () => {
  const said = ['4111 1111', ' 1111', ' 1111 '].map((one) => chunk(one, ''));
  const text = await asked('cards', '/v1/chat/completions', [...said, chunk('', 'stop')], hello);
  expect(text).toContain('[CARD]');
  expect(text).not.toContain('1111');
});

it('arguments of a call in Responses are read as the JSON they are', async () => {
  const of = (kind: string, rest: object) => ({
    type: `response.function_call_arguments.${kind}`,
    item_id: 'i',
    output_index: 0,
    ...rest,
  });
  const call = JSON.stringify({ note: 'key\nAKIAIOSFODNN7EXAMPLZ' });
  const pieces = call.match(/.{1,7}/gsu) ?? [];
  const done = of('done', { arguments: call });
  const output = [{ type: 'function_call', id: 'i', call_id: 'c', name: 'note', arguments: call }];
  const response = { id: 'r', object: 'response', status: 'completed', model: 'm', output };
  const said = [
    ...pieces.map((delta) => of('delta', { delta })),
    done,
    { type: 'response.completed', response },
  ];
  const text = await asked('secrets', '/v1/responses', said, { input: 'hello' });
  expect(text.match(/\[AWS_ACCESS_KEY\]/g)).toHaveLength(3);
  expect(text).not.toMatch(/AKIA|EXAMPLZ/);
});

it('arguments of a call in Gemini may come in pieces too', async () => {
  const piece = (stringValue: string, jsonPath: string) => ({
    candidates: [
      {
        index: 0,
        content: {
          role: 'model',
          parts: [
            { functionCall: { partialArgs: [{ jsonPath, stringValue, willContinue: true }] } },
          ],
        },
      },
    ],
  });
  const end = { candidates: [{ index: 0, content: { parts: [] }, finishReason: 'STOP' }] };
  const said = [piece('4111 1111', '$.a'), piece(' 1111 1111', '$.a'), piece('x', '$.b'), end];
  const path = '/v1beta/models/chat:streamGenerateContent?alt=sse';
  const contents = [{ role: 'user', parts: [{ text: 'hello' }] }];
  const text = await asked('cards', path, said, { contents });
  expect(text).toContain('[CARD]');
  expect(text).not.toContain('1111');
});

it('an answer that is too long is told once, however long it goes on', async () => {
  const before = gateway.logged.length;
  await asked('short', '/v1/chat/completions', chat(...Array(50).fill('some words ')), hello);
  const told = gateway.logged.slice(before).filter((line) => line.includes('"kind":"size"'));
  expect(told).toHaveLength(1);
});
