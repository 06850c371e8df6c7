import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  chatConfig,
  KEY,
  ledgerOf,
  post,
  sharedGateway,
  testGateway,
  type TestGateway,
} from '../harness/gateway.ts';
import {
  answerJson,
  answerWell,
  chatEvents,
  messageEvents,
  Upstream,
  type Script,
} from '../harness/upstream.ts';
import { until } from '../harness/until.ts';

const dialects = [
  { dialect: 'openai-chat', path: '/v1/chat/completions', events: chatEvents },
  { dialect: 'anthropic', path: '/v1/messages', events: messageEvents },
] as const;

const events = (path: string) => (path.endsWith('/messages') ? messageEvents : chatEvents);

const stream = (response: Parameters<Script>[1]) =>
  response.writeHead(200, { 'content-type': 'text/event-stream' });

/** Everything a provider can do wrong before the first content of its answer. */
const beforeTheFirstByte: Record<string, Script> = {
  'answers 500': (_received, response) => answerJson(response, 500, { error: {} }),
  'answers 503': (_received, response) => answerJson(response, 503, { error: {} }),
  'answers 529': (_received, response) => answerJson(response, 529, { error: {} }),
  'answers 429': (_received, response) => answerJson(response, 429, { error: {} }),
  'answers 401': (_received, response) => answerJson(response, 401, { error: {} }),
  'answers 404': (_received, response) => answerJson(response, 404, { error: {} }),
  redirects: (_received, response) => {
    response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end();
  },
  'resets the connection': (_received, response) => {
    response.socket?.resetAndDestroy();
  },
  'never answers': () => undefined,
  'answers 200 with nothing': (_received, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end();
  },
  'answers 200 with a page': (_received, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>');
  },
  'answers 200 with an error': (_received, response) =>
    answerJson(response, 200, { error: { message: 'no room', code: 502 } }),
  'answers 200 with an object of no dialect': (_received, response) =>
    answerJson(response, 200, { detail: 'gone' }),
  'answers 206': ({ path }, response) => {
    response.writeHead(206, { 'content-type': 'text/event-stream' });
    response.end(events(path).join(''));
  },
  'answers 405': (_received, response) => answerJson(response, 405, { error: {} }),
  'answers 413': (_received, response) => answerJson(response, 413, { error: {} }),
  'says nothing but the end': ({ path }, response) => {
    stream(response).end(events(path).at(-1));
  },
  'sends empty pieces for ever': ({ path, left }, response) => {
    const [role, piece] = path.endsWith('/messages')
      ? [
          events(path).slice(0, 2).join(''),
          '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":""}}',
        ]
      : [events(path)[0], '{"choices":[{"index":0,"delta":{"content":""}}]}'];
    stream(response).write(role);
    const timer = setInterval(() => response.write(`data: ${piece}\n\n`), 100);
    void left.then(() => clearInterval(timer));
  },
  'answers 200 and half a body': ({ body }, response) => {
    if (body.includes('"stream":true')) {
      stream(response).write('event: message_start\ndata: {"type":');
    } else {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 });
      response.write('{"id":');
    }
    setImmediate(() => response.socket?.resetAndDestroy());
  },
  'tells an error as its first event': ({ path }, response) => {
    const error = '{"type":"error","error":{"type":"overloaded_error","message":"no"}}';
    stream(response).end(`${events(path)[0]}event: error\ndata: ${error}\n\n`);
  },
  'ends a stream before its content': ({ path, body }, response) => {
    if (body.includes('"stream":true')) stream(response).end(events(path)[0]);
    else response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":"x"');
  },
};

/** What the client's key may know of the model. */
const healthOf = async (url: string): Promise<unknown> => {
  const headers = { authorization: `Bearer ${KEY}` };
  return (await fetch(`${url}/health/models/chat`, { headers })).json();
};

const cases = dialects
  .flatMap(({ dialect, path }) =>
    [true, false].flatMap((streamed) =>
      Object.entries(beforeTheFirstByte).map(
        ([name, script]) => ({ dialect, path, streamed, name, script }) as const,
      ),
    ),
  )
  .map((one, i) => ({ ...one, model: `case-${i}` }));

describe('before the first byte', () => {
  let first: Upstream;
  let second: Upstream;
  let gateway: TestGateway;
  /** Each case has providers of its own, for what one has seen of them the next must not know. */
  beforeAll(async () => {
    first = await Upstream.shared('first', answerWell);
    second = await Upstream.shared('second', answerWell);
    const provider = (dialect: string, name: string, url: string) =>
      `  - { name: ${name}, dialect: ${dialect}, baseUrl: "${url}", private: true, credentials: [{ name: main, value: credential }] }`;
    gateway = await sharedGateway({
      config: `providers:
${cases.flatMap(({ dialect, model }) => [provider(dialect, `first-${model}`, `${first.url}/${model}`), provider(dialect, `second-${model}`, `${second.url}/${model}`)]).join('\n')}
models:
${cases.map(({ model }) => `  - { name: ${model}, targets: [{ provider: first-${model}, model: m }, { provider: second-${model}, model: m }], timeouts: { connect: 1s, firstToken: 1s, idle: 1s, total: 20s } }`).join('\n')}
keys: [{ name: client, secret: ${KEY} }]
`,
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await first.close();
    await second.close();
  });

  it.each(cases)(
    '$dialect, streamed $streamed: $name',
    async ({ path, streamed, script, model }) => {
      const before = [first.calls.length, second.calls.length] as const;
      // Where a connection was kept since the list of models was read, the request goes out again, once.
      const most = script === beforeTheFirstByte['resets the connection'] ? 2 : 1;
      first.script = script;
      const answer = await post(gateway.url, path, {
        model,
        max_tokens: 9,
        stream: streamed,
        messages: [{ role: 'user', content: 'hi' }],
      });
      const text = await answer.text();
      expect(answer.status).toBe(200);
      expect(text).toContain(streamed ? 'Grüße 👋' : 'hello');
      expect(answer.headers.get('x-vitalgate-target')).toBe(`second-${model}/m`);
      expect(answer.headers.get('x-vitalgate-attempts')).toBe('2');
      expect(second.calls.length - before[1]).toBe(1);
      const asked = first.calls.length - before[0];
      expect(asked).toBeGreaterThan(0);
      expect(asked).toBeLessThanOrEqual(most);
    },
  );
});

/** What goes wrong once the first content has reached the caller. */
const afterTheFirstByte: Record<string, (response: Parameters<Script>[1]) => void> = {
  'is reset': (response) => response.socket?.resetAndDestroy(),
  'ends without its terminal event': (response) => response.end(),
  'falls silent': () => undefined,
  'ends in the middle of an event': (response) => response.end('data: {"choices":[{"del'),
  'tells an error and stays': (response) =>
    response.write(
      'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"for credential-of-first"}}\n\n',
    ),
  'tells an error, and that it has ended': (response) =>
    response.end(
      'data: {"type":"error","error":{"type":"overloaded_error"}}\n\ndata: [DONE]\n\ndata: {"type":"message_stop"}\n\n',
    ),
  'tells what is no event, and that it has ended': (response) =>
    response.end('data: {"cho\n\ndata: [DONE]\n\ndata: {"type":"message_stop"}\n\n'),
  'tells an error': (response) =>
    response.end('event: error\ndata: {"type":"error","error":{"type":"overloaded_error"}}\n\n'),
};

const broken = dialects.flatMap(({ dialect, path }) =>
  Object.entries(afterTheFirstByte).map(([name, go]) => ({ dialect, path, name, go }) as const),
);

describe('after the first byte', () => {
  it.each(broken)('$dialect: $name', async ({ dialect, path, go }) => {
    let breakOff = () => {};
    const beginning = events(path).slice(0, 3).join('');
    const first = await Upstream.start('first', (_received, response) => {
      stream(response).write(beginning);
      breakOff = () => go(response);
    });
    const second = await Upstream.start('second', answerWell);
    const config = chatConfig(dialect, [first, second], 'health: { fall: 2 }');
    const gateway = await testGateway({ config });
    const body = { model: 'chat', max_tokens: 9, messages: [] };

    const answer = await post(gateway.url, path, { ...body, stream: true });
    let text = '';
    for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      if (text === beginning) breakOff();
    }
    expect(text.startsWith(beginning)).toBe(true);
    expect(text.slice(beginning.length)).toContain('"error"');
    expect(text).not.toMatch(/\[DONE\]|message_stop|credential-of/);

    if (dialect === 'openai-chat') {
      const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: KEY, maxRetries: 0 });
      const read = async () => {
        const chunks = await client.chat.completions.create({ ...body, stream: true });
        for await (const chunk of chunks) if (chunk.choices[0]?.delta.content) breakOff();
      };
      await expect(read()).rejects.toThrow(OpenAI.APIError);
    } else {
      const client = new Anthropic({ baseURL: gateway.url, apiKey: KEY, maxRetries: 0 });
      const read = () => client.messages.stream(body).on('text', breakOff).finalMessage();
      await expect(read()).rejects.toThrow(Anthropic.APIError);
    }
    expect(second.calls).toHaveLength(0);
    // Both count against its health: whoever asks next is sent elsewhere, at the first attempt.
    const next = await post(gateway.url, path, body);
    await next.text();
    expect(next.headers.get('x-vitalgate-target')).toBe('second/upstream-model');
    expect(next.headers.get('x-vitalgate-attempts')).toBe('1');
    await gateway.stop();
    const outcomes = ledgerOf(gateway.databasePath).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(['failed', 'failed', 'completed']);
  });
});

describe('callers of Gemini', () => {
  const path = '/v1beta/models/chat:streamGenerateContent?alt=sse';
  const body = { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] };

  it('get another’s answer while a tool’s arguments, told in one piece, are not all there', async () => {
    const call = { index: 0, id: 'call_1', type: 'function' };
    const pieces = ['{"a"', ':1,'].map((text, i) => {
      const named = { ...call, function: { name: 'f', arguments: text } };
      const delta = i === 0 ? named : { index: 0, function: { arguments: text } };
      return `data: ${JSON.stringify({ choices: [{ index: 0, delta: { tool_calls: [delta] } }] })}\n\n`;
    });
    const first = await Upstream.start('first', (_received, response) => {
      stream(response).write(chatEvents[0]);
      for (const piece of pieces) response.write(piece);
      setImmediate(() => response.socket?.resetAndDestroy());
    });
    const second = await Upstream.start('second', answerWell);
    const gateway = await testGateway({ config: chatConfig('openai-chat', [first, second]) });
    const answer = await post(gateway.url, path, body);
    expect(answer.headers.get('x-vitalgate-target')).toBe('second/upstream-model');
    expect(await answer.text()).toMatch(/Grüße 👋[^]*"finishReason":"STOP"/);
  });

  it('have a whole answer once it says why it stopped, though its connection stays open', async () => {
    const said = { content: { role: 'model', parts: [{ text: 'hello' }] }, finishReason: 'STOP' };
    const only = await Upstream.start('only', (_received, response) => {
      stream(response).write(`data: ${JSON.stringify({ candidates: [said] })}\n\n`);
    });
    const config = chatConfig('openai-chat', [only]).replace('openai-chat', 'gemini');
    const gateway = await testGateway({ config });
    const text = await (await post(gateway.url, path, body)).text();
    expect(text).toContain('hello');
    expect(text).not.toContain('"error"');
    await gateway.stop();
    expect(ledgerOf(gateway.databasePath)).toMatchObject([{ outcome: 'completed' }]);
  });
});

describe('a chat that stops for an error, as Mistral’s may', () => {
  const choice = (what: string, reason: string | null) =>
    JSON.stringify({ choices: [{ index: 0, [what]: { content: 'half' }, finish_reason: reason }] });
  const piece = `data: ${choice('delta', null)}\n\n`;
  const end = `data: ${choice('delta', 'error')}\n\ndata: [DONE]\n\n`;
  const ask = (gateway: TestGateway, streamed: boolean) =>
    post(gateway.url, '/v1/chat/completions', { model: 'chat', stream: streamed, messages: [] });

  it('is answered by another, whole or streamed, and ends in an error once it was heard', async () => {
    const first = await Upstream.start('first', ({ body }, response) => {
      if (body.includes('"stream":true')) stream(response).end(piece + end);
      else
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(choice('message', 'error'));
    });
    const second = await Upstream.start('second', answerWell);
    const gateway = await testGateway({ config: chatConfig('openai-chat', [first, second]) });
    for (const streamed of [false, true]) {
      const text = await (await ask(gateway, streamed)).text();
      expect(text).toContain(streamed ? 'Grüße 👋' : 'hello');
      expect(text).not.toContain('half');
    }

    let stop = () => {};
    first.script = (_received, response) => {
      stream(response).write(piece);
      stop = () => void response.end(end);
    };
    let text = '';
    const answer = await ask(gateway, true);
    for await (const part of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += part;
      if (text === piece) stop();
    }
    expect(text).toContain('"error":{');
    expect(text).not.toMatch(/finish_reason":"|\[DONE\]/);
  });
});

describe('a connection that was kept', () => {
  it.each(['reset', 'closed'] as const)(
    'and is %s as it is used again costs nobody',
    async (how) => {
      const used = new WeakSet<object>();
      let ended = 0;
      const only = await Upstream.start('only', (received, response) => {
        const socket = response.socket;
        if (socket === null || !used.has(socket)) {
          if (socket !== null) used.add(socket);
          return answerWell(received, response);
        }
        ended += 1;
        return how === 'reset' ? void socket.resetAndDestroy() : void socket.destroy();
      });
      const gateway = await testGateway({ config: chatConfig('openai-chat', [only]) });
      for (let i = 0; i < 6; i += 1) {
        const body = { model: 'chat', stream: i % 2 === 0 };
        const answer = await post(gateway.url, '/v1/chat/completions', body);
        await answer.text();
        expect([answer.status, answer.headers.get('x-vitalgate-attempts')]).toEqual([200, '1']);
      }
      expect(ended).toBeGreaterThan(0);
      expect(await healthOf(gateway.url)).toMatchObject({ status: 'healthy' });
    },
  );
});

describe('a provider that hangs up on streams alone', () => {
  it('is left out for those, asked for all else, and asked once a time', async () => {
    const first = await Upstream.start('first', (received, response) => {
      if (!received.body.includes('"stream":true')) return answerWell(received, response);
      response.socket?.resetAndDestroy();
    });
    const second = await Upstream.start('second', answerWell);
    const gateway = await testGateway({ config: chatConfig('openai-chat', [first, second]) });
    const served: string[] = [];
    for (let i = 0; i < 20; i += 1) {
      const body = { model: 'chat', stream: i % 2 === 1 };
      const answer = await post(gateway.url, '/v1/chat/completions', body);
      await answer.text();
      expect(answer.status).toBe(200);
      served.push(
        `${answer.headers.get('x-vitalgate-target')} ${answer.headers.get('x-vitalgate-attempts')}`,
      );
    }
    const whole = 'first/upstream-model 1';
    const streamed = 'second/upstream-model 1';
    expect(served.slice(-4)).toEqual([whole, streamed, whole, streamed]);
    // Three that were seen to fail, each sent again once where its connection was an old one.
    const streams = first.calls.filter(({ body }) => body.includes('"stream":true'));
    expect(streams.length).toBeLessThanOrEqual(6);
  });
});

describe('two providers, 200 calls in flight', () => {
  const ways: Record<string, (upstream: Upstream) => void | Promise<void>> = {
    'is killed': (upstream) => upstream.close(),
    'is black-holed': (upstream) => {
      upstream.script = () => undefined;
    },
    'answers 500': (upstream) => {
      upstream.script = (_received, response) => answerJson(response, 500, { error: {} });
    },
  };

  it.each(Object.entries(ways))('one %s and is restored', async (_name, breakIt) => {
    const waiting: (() => void)[] = [];
    const first = await Upstream.start('first', (received, response) => {
      waiting.push(() => void answerWell(received, response));
    });
    const second = await Upstream.start('second', answerWell);
    const gateway = await testGateway({
      config: chatConfig(
        'openai-chat',
        [first, second],
        'health: { rest: 1s, maxRest: 1s, probeInterval: 1s }',
        // All have to be there before the first is given up.
      ).replace('firstToken: 1s', 'firstToken: 3s'),
    });
    const call = async (i: number) => {
      const answer = await post(gateway.url, '/v1/chat/completions', {
        model: 'chat',
        stream: i % 2 === 0,
        messages: [],
      });
      const text = await answer.text();
      const isWhole = i % 2 === 0 ? text.endsWith('data: [DONE]\n\n') : text.includes('hello');
      return {
        ok: answer.status === 200 && isWhole,
        target: answer.headers.get('x-vitalgate-target'),
      };
    };

    const inFlight = Array.from({ length: 200 }, (_, i) => call(i));
    while (first.calls.length < 200) await first.nextCall();
    await breakIt(first);
    // Those that are only silent are given up after the time allowed, like the black-holed ones.
    const answers = await Promise.all(inFlight);
    expect(answers.filter(({ ok }) => !ok)).toEqual([]);
    expect(new Set(answers.map(({ target }) => target))).toEqual(
      new Set(['second/upstream-model']),
    );

    // While it rests nobody is sent there.
    const before = first.calls.length;
    const during = await Promise.all(Array.from({ length: 20 }, (_, i) => call(i)));
    expect(during.every(({ ok }) => ok)).toBe(true);
    expect(first.calls.length - before).toBeLessThanOrEqual(1);

    first.script = answerWell;
    await first.listen().catch(() => undefined);
    let target: string | null = '';
    while (target !== 'first/upstream-model') {
      const answer = await call(1);
      expect(answer.ok).toBe(true);
      ({ target } = answer);
    }
    await gateway.stop();
    const truth = ledgerOf(gateway.databasePath);
    expect(truth.filter(({ outcome }) => outcome !== 'completed')).toEqual([]);
    expect(truth.filter(({ attempts }) => attempts === 2).length).toBeGreaterThanOrEqual(200);
  });
});

describe('recovery of the only target', () => {
  it('is tried by one request, for which the others wait', async () => {
    let answering = false;
    const waiting: (() => void)[] = [];
    const only = await Upstream.start('only', (received, response) => {
      if (!answering) return answerJson(response, 500, {});
      waiting.push(() => void answerWell(received, response));
      return undefined;
    });
    const gateway = await testGateway({
      config: chatConfig('openai-chat', [only], 'health: { rest: 100ms, maxRest: 100ms }'),
    });
    const ask = () => post(gateway.url, '/v1/chat/completions', { model: 'chat' });
    for (let i = 0; i < 3; i += 1) await ask();
    await until(ask, ({ status }) => status === 503);
    answering = true;
    const trial = only.nextCall();
    let first = ask();
    // Until its rest is over, whoever comes is refused.
    while ('status' in (await Promise.race([trial, first]))) first = ask();
    const tried = only.calls.length;
    const others = Array.from({ length: 9 }, ask);
    // They have arrived at the gateway when it answers a later call of ours.
    await fetch(`${gateway.url}/health`);
    expect(only.calls).toHaveLength(tried);
    only.script = answerWell;
    waiting[0]?.();
    const answers = await Promise.all([first, ...others]);
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
  });
});

describe('all resting', () => {
  it('is told as 503 with the time of the next try', async () => {
    const only = await Upstream.start('only', (_received, response) =>
      answerJson(response, 500, { error: {} }),
    );
    const gateway = await testGateway({ config: chatConfig('openai-chat', [only]) });
    const ask = () => post(gateway.url, '/v1/chat/completions', { model: 'chat', messages: [] });
    for (let i = 0; i < 3; i += 1) expect((await ask()).status).toBe(502);
    const refused = await ask();
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(await refused.json()).toMatchObject({ error: { code: 'no_healthy_target' } });
    expect(only.calls).toHaveLength(3);
    const health = await fetch(`${gateway.url}/health`);
    expect(health.status).toBe(503);
    expect(await health.json()).toMatchObject({ status: 'unhealthy', reason: 'no_healthy_target' });
  });
});

describe('the caller’s own mistake', () => {
  it('is passed on as it is and harms nobody', async () => {
    const mistake = { error: { message: 'bad', type: 'invalid_request_error', code: null } };
    const first = await Upstream.start('first', (_r, response) =>
      answerJson(response, 400, mistake),
    );
    const second = await Upstream.start('second', answerWell);
    const gateway = await testGateway({ config: chatConfig('openai-chat', [first, second]) });
    for (let i = 0; i < 10; i += 1) {
      const answer = await post(gateway.url, '/v1/chat/completions', { model: 'chat' });
      expect([answer.status, await answer.json()]).toEqual([400, mistake]);
    }
    expect([first.calls.length, second.calls.length]).toEqual([10, 0]);
    expect(await (await fetch(`${gateway.url}/health`)).json()).toMatchObject({
      status: 'healthy',
    });
  });

  it('but a prompt that is too long goes to the next target', async () => {
    const tooLong = { error: { message: 'too long', code: 'context_length_exceeded' } };
    const first = await Upstream.start('first', (_r, response) =>
      answerJson(response, 400, tooLong),
    );
    const second = await Upstream.start('second', answerWell);
    const gateway = await testGateway({ config: chatConfig('openai-chat', [first, second]) });
    for (let i = 0; i < 5; i += 1) {
      const answer = await post(gateway.url, '/v1/chat/completions', { model: 'chat' });
      expect(answer.headers.get('x-vitalgate-target')).toBe('second/upstream-model');
    }
    expect(first.calls).toHaveLength(5);
  });
});

describe('a field that only our translation asks for', () => {
  it('is left out where it is refused, from then on', async () => {
    const older = await Upstream.start('only', (received, response) =>
      received.body.includes('stream_options')
        ? answerJson(response, 400, { error: { message: 'Unknown field: stream_options' } })
        : answerWell(received, response),
    );
    const gateway = await testGateway({ config: chatConfig('openai-chat', [older]) });
    for (const attempts of ['2', '1']) {
      const body = {
        model: 'chat',
        max_tokens: 9,
        stream: true,
        messages: [{ role: 'user', content: 'hi' }],
      };
      const answer = await post(gateway.url, '/v1/messages', body);
      expect([answer.status, answer.headers.get('x-vitalgate-attempts')]).toEqual([200, attempts]);
      expect(await answer.text()).toContain('message_stop');
    }
    // A caller's own is the caller's.
    const own = { model: 'chat', stream: true, stream_options: { include_usage: true } };
    expect((await post(gateway.url, '/v1/chat/completions', own)).status).toBe(400);
  });
});

describe('credentials', () => {
  it('a refused one rests alone; the next is asked', async () => {
    const provider = await Upstream.start('only', (received, response) => {
      if (received.headers.authorization === 'Bearer bad') answerJson(response, 401, { error: {} });
      else return answerWell(received, response);
    });
    const gateway = await testGateway({
      config: chatConfig('openai-chat', [provider]).replace(
        '[{ name: main, value: credential-of-only }]',
        '[{ name: bad, value: bad }, { name: good, value: good }]',
      ),
    });
    const attempts: (string | null)[] = [];
    for (let i = 0; i < 6; i += 1) {
      const answer = await post(gateway.url, '/v1/chat/completions', { model: 'chat' });
      expect(answer.status).toBe(200);
      attempts.push(answer.headers.get('x-vitalgate-attempts'));
    }
    expect(attempts.filter((count) => count === '2')).toHaveLength(1);
    expect(
      provider.calls.filter(({ headers }) => headers.authorization === 'Bearer bad'),
    ).toHaveLength(1);
  });

  it('a refused one comes back by the free look, without costing a request', async () => {
    let isAccepted = false;
    const provider = await Upstream.start('only', (received, response) =>
      isAccepted ? answerWell(received, response) : answerJson(response, 401, { error: {} }),
    );
    const gateway = await testGateway({
      config: chatConfig('openai-chat', [provider], 'health: { probeInterval: 200ms }'),
    });
    const ask = () => post(gateway.url, '/v1/chat/completions', { model: 'chat' });
    expect((await ask()).status).toBe(502);
    isAccepted = true;
    await until(ask, ({ status }) => status === 200);
    expect(provider.calls).toHaveLength(2);
  });

  it('all refused are no longer their own trouble, and one that is accepted ends it', async () => {
    let isAccepted = false;
    const provider = await Upstream.start('only', (received, response) =>
      isAccepted ? answerWell(received, response) : answerJson(response, 401, { error: {} }),
    );
    const gateway = await testGateway({
      config: chatConfig('openai-chat', [provider], 'health: { probeInterval: 2s }').replace(
        '[{ name: main, value: credential-of-only }]',
        '[{ name: one, value: one }, { name: two, value: two }]',
      ),
    });
    const ask = () => post(gateway.url, '/v1/chat/completions', { model: 'chat' });
    expect((await ask()).status).toBe(502);
    const refused = await ask();
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ error: { code: 'no_healthy_target' } });
    expect(await healthOf(gateway.url)).toMatchObject({
      status: 'unhealthy',
      reason: 'credentials_refused',
    });
    isAccepted = true;
    await until(ask, ({ status }) => status === 200);
    expect(await healthOf(gateway.url)).toMatchObject({ status: 'healthy' });
  });

  it('a spent one is left alone for as long as the provider asks', async () => {
    const provider = await Upstream.start('only', (_received, response) => {
      response.setHeader('retry-after', '7');
      answerJson(response, 429, { error: { message: 'slow down', code: 'rate_limit_exceeded' } });
    });
    const gateway = await testGateway({ config: chatConfig('openai-chat', [provider]) });
    const ask = () => post(gateway.url, '/v1/chat/completions', { model: 'chat' });
    const first = await ask();
    expect([first.status, first.headers.get('retry-after')]).toEqual([429, '7']);
    const second = await ask();
    expect(await second.json()).toMatchObject({ error: { code: 'rate_limited' } });
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThanOrEqual(6);
    expect(provider.calls).toHaveLength(1);
  });
});
