import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY, post, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { codeOf, type Refusal } from '../harness/refusal.ts';
import { everyDialect, heard, saying } from '../harness/speaker.ts';
import { answerJson, Upstream, type Script } from '../harness/upstream.ts';

let upstream: Upstream;
let judge: Upstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await Upstream.shared(
    'any',
    saying(() => ({ pieces: ['all ', 'is ', 'well'] })),
  );
  judge = await Upstream.shared('judge', () => undefined);
  const hook = (more: string) =>
    `{ webhook: { url: "${judge.url}/judge", timeout: 300ms, private: true${more} } }`;
  gateway = await sharedGateway({
    config: everyDialect(
      upstream.url,
      `guardrails:
  - { name: blocks, on: request, detect: ${hook(', secret: secret-of-judge')}, action: block, appliesTo: named }
  - { name: lets, on: request, detect: ${hook('')}, action: block, onError: allow, appliesTo: named }
  - { name: flags, on: request, detect: ${hook('')}, action: flag, appliesTo: named }
  - { name: strict-flag, on: request, detect: ${hook('')}, action: flag, onError: block, appliesTo: named }
  - { name: out, on: answer, detect: ${hook('')}, action: block, appliesTo: named }
keys:
  - { name: client, secret: ${KEY} }
${['blocks', 'lets', 'flags', 'strict-flag', 'out'].map((name) => `  - { name: ${name}, secret: key-of-${name}, guardrails: [${name}] }`).join('\n')}
`,
    ),
  });
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all([upstream.close(), judge.close()]);
});

const ask = (key: string, stream = false) =>
  post(
    gateway.url,
    '/v1/chat/completions',
    { model: 'chat', stream, messages: [{ role: 'user', content: 'hello' }] },
    { authorization: `Bearer key-of-${key}` },
  );

const failures: Readonly<Record<string, Script>> = {
  'says nothing in time': () => undefined,
  'says 500': (_received, response) => answerJson(response, 500, { allow: true }),
  'says no JSON': (_received, response) => void response.end('yes'),
  'says something else': (_received, response) => answerJson(response, 200, { allow: 'yes' }),
  'says far too much': (_received, response) =>
    answerJson(response, 200, { allow: true, more: 'x'.repeat(100_000) }),
  redirects: (_received, response) =>
    void response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end(),
};

describe('MG8 a judge of one’s own', () => {
  it('is asked with the texts, and its word holds', async () => {
    judge.script = (_received, response) => answerJson(response, 200, { allow: true });
    expect((await ask('blocks')).status).toBe(200);
    const { body, headers } = judge.calls.at(-1) ?? {};
    expect(JSON.parse(body?.toString() ?? '')).toEqual({
      guardrail: 'blocks',
      on: 'request',
      texts: ['hello'],
    });
    expect(headers?.authorization).toBe('Bearer secret-of-judge');

    judge.script = (_received, response) => answerJson(response, 200, { allow: false });
    upstream.received.length = 0;
    const refused = await ask('blocks');
    expect(codeOf((await refused.json()) as Refusal)).toBe('guardrail_blocked');
    expect(upstream.calls).toEqual([]);
    const flagged = await ask('flags');
    expect([flagged.status, flagged.headers.get('x-vitalgate-guardrails')]).toEqual([
      200,
      'flags;flagged',
    ]);
  });

  it.each(Object.entries(failures))('when it %s, its mode decides', async (_, script) => {
    judge.script = script;
    expect(
      await Promise.all(
        ['blocks', 'lets', 'flags', 'strict-flag'].map(async (key) => (await ask(key)).status),
      ),
    ).toEqual([400, 200, 200, 400]);
    const metrics = await (await fetch(`${gateway.addresses.probes}/metrics`)).text();
    expect(metrics).toMatch(
      /guardrail="lets",side="request",action="block",kind="unanswered"\} \d/,
    );
  });

  it.each(Object.entries(failures))(
    'MS3: when it %s about an answer that has begun, nothing of it leaves',
    async (_, script) => {
      judge.script = script;
      for (const stream of [false, true]) {
        const before = judge.calls.length;
        const text = await (await ask('out', stream)).text();
        expect(judge.calls.length).toBe(before + 1);
        expect(text).toContain('guardrail_blocked');
        expect(text).not.toMatch(/well|\[DONE\]|finish_reason/);
      }
    },
  );

  it.each([false, true])(
    'judges the whole answer before any of it leaves (stream %s)',
    async (stream) => {
      judge.script = (received, response) =>
        answerJson(response, 200, { allow: !received.body.includes('well') });
      const refused = await ask('out', stream);
      expect(JSON.parse(judge.calls.at(-1)?.body.toString() ?? '{}')).toMatchObject({
        on: 'answer',
      });
      expect(judge.calls.at(-1)?.body.toString()).toContain('all is well');
      expect(codeOf((await refused.json()) as Refusal)).toBe('guardrail_blocked');
      judge.script = (_received, response) => answerJson(response, 200, { allow: true });
      const allowed = await ask('out', stream);
      expect(heard('openai-chat', Buffer.from(await allowed.arrayBuffer()))).toContain(
        'all is well',
      );
    },
  );
});
