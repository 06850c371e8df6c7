import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DialectName } from '@vitalgate/dialects';
import { routeTable } from '../../packages/gateway/src/server/routes.ts';
import { KEY, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { codeOf, type Refusal } from '../harness/refusal.ts';
import { asking, everyDialect, heard, saying, type Saying } from '../harness/speaker.ts';
import { Upstream, type Received } from '../harness/upstream.ts';

const CARD = '4111 1111 1111 1111';
const MAIL = 'bob.smith@example.com';

let upstream: Upstream;
let gateway: TestGateway;
let said: Saying;
let sayTo: ((received: Received) => Saying) | undefined;

beforeAll(async () => {
  upstream = await Upstream.shared(
    'any',
    saying((received) => sayTo?.(received) ?? said),
  );
  gateway = await sharedGateway({
    config: everyDialect(
      upstream.url,
      `guardrails:
  - { name: no-cards, detect: [card, secrets], action: block, appliesTo: named }
  - { name: no-mail, detect: pii, action: redact, appliesTo: named }
  - { name: private-mail, on: request, detect: email, action: redact, restore: true, appliesTo: named }
  - { name: watched, detect: [email, injection], action: flag, appliesTo: named }
  - { name: no-cards-out, on: answer, detect: card, action: block, appliesTo: named }
  - { name: known-tools, detect: [{ tools: { allow: [look_up] } }, { models: { deny: [other] } }, { maxCharacters: 1000 }], action: block, appliesTo: named }
  - { name: no-look-ups, on: answer, detect: [{ tools: { deny: [look_up] } }], action: block, appliesTo: named }
keys:
  - { name: client, secret: ${KEY} }
  - { name: plain, secret: key-of-plain }
  - { name: blocking, secret: key-of-blocking, guardrails: [no-cards] }
  - { name: redacting, secret: key-of-redacting, guardrails: [no-mail] }
  - { name: restoring, secret: key-of-restoring, guardrails: [private-mail] }
  - { name: flagging, secret: key-of-flagging, guardrails: [watched] }
  - { name: answers, secret: key-of-answers, guardrails: [no-cards-out] }
  - { name: caged, secret: key-of-caged, guardrails: [no-look-ups] }
  - { name: tools, secret: key-of-tools, guardrails: [known-tools] }
`,
    ),
  });
});
beforeEach(() => {
  said = { pieces: ['all', ' is', ' well'] };
  sayTo = undefined;
  upstream.received.length = 0;
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

const ask = (path: string, key: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(gateway.url + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer key-of-${key}`,
      ...headers,
    },
    body: JSON.stringify(body),
  });

const bytesOf = async (answer: Response) => Buffer.from(await answer.arrayBuffer());

/** Every route with a body that says something, streamed where it can be. */
const cases = routeTable
  .filter(({ method, operation }) => method === 'POST' && operation !== 'models')
  .flatMap((entry) => {
    const { path, dialect = 'openai-chat', operation, streamed } = entry;
    const canStream = operation === 'chat' || operation === 'completions';
    const streams = streamed === undefined ? (canStream ? [false, true] : [false]) : [streamed];
    return streams.map((stream) => ({
      path: path.replace('{model}', 'chat'),
      dialect,
      operation,
      stream,
    }));
  });
const talking = cases.filter(
  ({ operation }) => operation === 'chat' || operation === 'completions',
);

describe('MG1 MG7 every route × stream', () => {
  it.each(cases)(
    '$path stream $stream: a blocked request is seen by nobody',
    async ({ path, dialect, operation, stream }) => {
      const answer = await ask(
        path,
        'blocking',
        asking(dialect, operation, `pay with ${CARD}`, stream),
      );
      expect(answer.status).toBe(400);
      const body = (await answer.json()) as Refusal;
      expect(codeOf(body)).toBe('guardrail_blocked');
      expect(JSON.stringify(body)).not.toContain('4111');
      expect(upstream.calls).toEqual([]);
    },
  );

  it.each(cases)(
    '$path stream $stream: a redacted request goes out without it',
    async ({ path, dialect, operation, stream }) => {
      const answer = await ask(
        path,
        'redacting',
        asking(dialect, operation, `write to ${MAIL} now`, stream),
      );
      expect(answer.status).toBe(200);
      await answer.arrayBuffer();
      const [received] = upstream.calls;
      expect(received?.body.toString()).toContain('write to [EMAIL] now');
      expect(received?.body.toString()).not.toContain('bob.smith');
      expect(answer.headers.get('x-vitalgate-guardrails')).toBe('no-mail;redacted');
    },
  );

  it.each(talking)(
    '$path stream $stream: a blocked answer is seen by nobody',
    async ({ path, dialect, operation, stream }) => {
      said = { pieces: ['the number is ', '4111 11', '11 1111 ', '1111', ', really'] };
      const answer = await ask(path, 'answers', asking(dialect, operation, 'hello', stream));
      const body = await bytesOf(answer);
      expect(body.toString('latin1')).toContain('guardrail_blocked');
      expect(heard(dialect, body)).not.toContain('4111');
      expect(body.toString('latin1')).not.toMatch(
        /\[DONE\]|"message_stop"|response\.completed|"done":true|messageStop|"finishReason":"STOP"/,
      );
      // It came at once, so nothing had left yet.
      expect(answer.status).toBe(400);
    },
  );

  it.each(talking)(
    '$path stream $stream: a redacted answer is the same whole or in pieces',
    async ({ path, dialect, operation, stream }) => {
      said = {
        pieces: [
          'write ',
          'to bob',
          '.smith@',
          'example',
          '.com or ',
          '(415) 5',
          '55-2671 ',
          'soon.',
        ],
      };
      const answer = await ask(path, 'redacting', asking(dialect, operation, 'hello', stream));
      expect(answer.status).toBe(200);
      expect(heard(dialect, await bytesOf(answer))).toBe('write to [EMAIL] or [PHONE] soon.');
    },
  );

  it.each(talking)(
    '$path stream $stream: what was redacted is put back',
    async ({ path, dialect, operation, stream }) => {
      let placeholder = '';
      sayTo = ({ body }) => {
        expect(body.toString()).not.toContain('bob.smith');
        [placeholder = ''] = /\[EMAIL_1_[0-9a-f]{10}\]/.exec(body.toString()) ?? [];
        return { pieces: ['I wrote to ', ...placeholder.split(''), '!'] };
      };
      const answer = await ask(
        path,
        'restoring',
        asking(dialect, operation, `write to ${MAIL} now`, stream),
      );
      expect(heard(dialect, await bytesOf(answer))).toBe(`I wrote to ${MAIL}!`);
      expect(placeholder).not.toBe('');
    },
  );

  it.each(talking)(
    '$path stream $stream: what is clean passes byte for byte',
    async ({ path, dialect, operation, stream }) => {
      said = { pieces: ['all', ' is', ' well, ', 'été ', '👍 and', ' 12 of 14'] };
      const body = asking(dialect, operation, 'hello', stream);
      const plain = await ask(path, 'plain', body);
      const guarded = await ask(path, 'redacting', body);
      expect(await bytesOf(guarded)).toEqual(await bytesOf(plain));
      expect(upstream.calls.map((call) => call.body.toString())[0]).toBe(
        upstream.calls.map((call) => call.body.toString())[1],
      );
      expect(guarded.headers.get('x-vitalgate-guardrails')).toBeNull();
    },
  );

  it.each(talking)(
    '$path stream $stream: a flag lets pass and says so',
    async ({ path, dialect, operation, stream }) => {
      const answer = await ask(
        path,
        'flagging',
        asking(dialect, operation, `write to ${MAIL}`, stream),
      );
      expect(answer.status).toBe(200);
      await answer.arrayBuffer();
      expect(upstream.calls[0]?.body.toString()).toContain(MAIL);
      expect(answer.headers.get('x-vitalgate-guardrails')).toBe('watched;flagged');
    },
  );
});

describe('MS2 MS3 a block inside a stream that has begun', () => {
  const streaming = talking.filter(({ stream, path }) => stream && !path.startsWith('/o'));

  it.each(streaming)(
    '$path ends with an error event of its dialect',
    async ({ path, dialect, operation }) => {
      const seen = Promise.withResolvers<void>();
      upstream.script = async (received, response) => {
        const pieces: (string | Buffer)[] = [];
        // What the script would write, kept to be written in two parts.
        const kept = {
          writeHead: (status: number, head: OutgoingHttpHeaders) =>
            response.writeHead(status, head),
          write: (piece: string | Buffer) => pieces.push(piece) > 0,
          end: () => kept,
        };
        const text = ['well begun, ', 'pay with 4111 1111 ', '1111 1111', ' today.'];
        await saying(() => ({ pieces: text }))(received, kept as unknown as ServerResponse);
        const at = pieces.findIndex((piece) => piece.includes('4111'));
        for (const piece of pieces.slice(0, at)) response.write(piece);
        await seen.promise;
        for (const piece of pieces.slice(at)) response.write(piece);
        response.end();
      };
      try {
        const answer = await ask(path, 'answers', asking(dialect, operation, 'hello', true));
        expect(answer.status).toBe(200);
        const chunks: Buffer[] = [];
        for await (const chunk of answer.body ?? []) {
          chunks.push(Buffer.from(chunk as Uint8Array));
          seen.resolve();
        }
        const body = Buffer.concat(chunks).toString('latin1');
        expect(body).toContain('well begun');
        // Bedrock's exceptions have no place for a code of ours.
        expect(body).toContain(dialect === 'bedrock' ? 'guardrail' : 'guardrail_blocked');
        expect(body).not.toContain('4111');
        expect(body).not.toMatch(
          /\[DONE\]|"message_stop"|response\.completed|"done":true|messageStop|"finishReason":"STOP"/,
        );
      } finally {
        upstream.script = saying((received) => sayTo?.(received) ?? said);
      }
    },
  );
});

describe('tools, models and sizes', () => {
  const tool = (name: string) => ({
    type: 'function',
    function: { name, parameters: { type: 'object' } },
  });
  const chat = (extra: object) => ({ ...asking('openai-chat', 'chat', 'hello', false), ...extra });

  it('G18 a tool that is not allowed is not declared, and not called', async () => {
    expect(
      (await ask('/v1/chat/completions', 'tools', chat({ tools: [tool('look_up')] }))).status,
    ).toBe(200);
    const refused = await ask('/v1/chat/completions', 'tools', chat({ tools: [tool('rm_rf')] }));
    expect(codeOf((await refused.json()) as Refusal)).toBe('guardrail_blocked');
    said = { pieces: [], call: ['{"q":', '"x"}'] };
    expect((await ask('/v1/chat/completions', 'tools', chat({}))).status).toBe(200);
  });

  it.each<[path: string, dialect: DialectName, tools: (name: string) => object[]]>([
    ['/v1/responses', 'openai-responses', (type) => [{ type }]],
    ['/v1/messages', 'anthropic', (name) => [{ type: 'bash_20250124', name }]],
    ['/v1beta/models/chat:generateContent', 'gemini', (name) => [{ [name]: {} }]],
    [
      '/v1beta/models/chat:generateContent',
      'gemini',
      (name) => [{ functionDeclarations: [{ name }] }],
    ],
  ])('G18 on %s of %s a tool of the vendor is one as well', async (path, dialect, tools) => {
    const asks = (name: string) =>
      ask(path, 'tools', { ...asking(dialect, 'chat', 'hello', false), tools: tools(name) });
    expect((await asks('look_up')).status).toBe(200);
    expect(upstream.calls).toHaveLength(1);
    const refused = await asks('web_search');
    expect([refused.status, await refused.text()]).toEqual([
      400,
      expect.stringContaining('known-tools'),
    ]);
    expect(upstream.calls).toHaveLength(1);
  });

  it.each(talking.filter(({ operation, path }) => operation === 'chat' && !path.startsWith('/o')))(
    'G18 $path stream $stream: a tool that is not allowed is not called',
    async ({ path, dialect, operation, stream }) => {
      said = { pieces: ['well begun'], call: ['{"q":', '"hidden"}'] };
      const answer = await ask(path, 'caged', asking(dialect, operation, 'hello', stream));
      const body = (await bytesOf(answer)).toString('latin1');
      // Of a stream the text before has left, and an error event ends it.
      expect(answer.status).toBe(body.includes('well begun') ? 200 : 400);
      if (!stream) expect(body).not.toContain('well begun');
      expect(body).toContain(dialect === 'bedrock' ? 'guardrail' : 'guardrail_blocked');
      expect(body).not.toMatch(/look_up|hidden/);
      expect(body).not.toMatch(
        /\[DONE\]|"message_stop"|response\.completed|"done":true|messageStop|"finishReason":"STOP"/,
      );
    },
  );

  it('a text that is too long is refused', async () => {
    const long = asking('openai-chat', 'chat', 'a b '.repeat(300), false);
    expect((await ask('/v1/chat/completions', 'tools', long)).status).toBe(400);
    said = { pieces: ['a b '.repeat(300)] };
    expect((await ask('/v1/chat/completions', 'tools', chat({}))).status).toBe(400);
  });
});

describe('MS1 channels', () => {
  const chats = talking.filter(
    ({ operation, path }) => operation === 'chat' && !path.startsWith('/o'),
  );

  it.each(chats)(
    '$path stream $stream: text, arguments and reasoning are each their own',
    async ({ path, dialect, operation, stream }) => {
      said = {
        reasoning: ['Should I write to bob', '.smith@example.com', '? Yes.'],
        pieces: ['I ask bob.', 'smith@example.com', ' now'],
        call: ['{"to":"bob.smi', 'th@example.com","n":', '1}'],
      };
      const answer = await ask(path, 'redacting', asking(dialect, operation, 'hello', stream));
      const body = (await bytesOf(answer)).toString('latin1');
      expect(answer.status).toBe(200);
      expect(body).not.toMatch(/bob|smith/);
      const times = body.match(/\[EMAIL\]/g)?.length ?? 0;
      expect(times).toBeGreaterThanOrEqual(2);
    },
  );
});

describe('G13 G14 what a caller and a log may know', () => {
  it('no header or field of a caller turns a guardrail off', async () => {
    const body = {
      ...asking('openai-chat', 'chat', `pay with ${CARD}`, false),
      guardrails: [],
      metadata: { guardrails: 'off' },
    };
    const headers = { 'x-vitalgate-guardrails': 'off', 'x-vitalgate-key': 'plain' };
    expect((await ask('/v1/chat/completions', 'blocking', body, headers)).status).toBe(400);
    expect(upstream.calls).toEqual([]);
  });

  it('the log says what, where and how long, and never the text', async () => {
    await ask(
      '/v1/chat/completions',
      'blocking',
      asking('openai-chat', 'chat', `pay with ${CARD}`, false),
    );
    const line = gateway.logged.findLast((one) => one.includes('a guardrail found something'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      guardrail: 'no-cards',
      side: 'request',
      kind: 'card',
      path: 'messages[0].content',
      start: 9,
      length: 19,
    });
    // Times and ids may hold any four digits.
    expect(gateway.logged.join('\n')).not.toMatch(/4111[ -]?1111/);
    const metrics = await (await fetch(`${gateway.addresses.probes}/metrics`)).text();
    expect(metrics).toContain(
      'vitalgate_guardrail_finds_total{guardrail="no-cards",side="request",action="block",kind="card"}',
    );
  });
});

describe('a text full of finds', () => {
  it('is told in a hundred lines and one that counts', async () => {
    const before = gateway.logged.length;
    const content = `${CARD}, `.repeat(250);
    await ask('/v1/chat/completions', 'blocking', asking('openai-chat', 'chat', content, false));
    const lines = gateway.logged.slice(before).filter((line) => line.includes('"no-cards"'));
    const told = lines.filter((line) => line.includes('a guardrail found something'));
    const counted = lines.filter((line) => line.includes('guardrails found 250 places'));
    expect([told.length, counted.length]).toEqual([100, 1]);
    expect(JSON.parse(counted[0] ?? '{}')).toMatchObject({
      finds: [
        { guardrail: 'no-cards', side: 'request', action: 'block', kind: 'card', times: 250 },
      ],
    });
  });
});

describe('G10 placeholders', () => {
  it('of another request, or made up, stay what they are', async () => {
    const made = '[EMAIL_1_0123456789]';
    sayTo = ({ body }) => ({
      pieces: [
        `${made} and ${/\[EMAIL_1_[0-9a-f]{10}\](?!.*\[EMAIL_1)/.exec(body.toString())?.[0] ?? ''}`,
      ],
    });
    const answer = await ask(
      '/v1/chat/completions',
      'restoring',
      asking('openai-chat', 'chat', `${made} ${MAIL}`, false),
    );
    expect(heard('openai-chat', await bytesOf(answer))).toBe(`${made} and ${MAIL}`);
  });
});
