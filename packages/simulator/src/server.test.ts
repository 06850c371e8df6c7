import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest, type Server } from 'node:http';
import { type Duplex, duplexPair } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from './clock.ts';
import type { Fault } from './fault/fault.ts';
import { FaultSet } from './fault/fault-set.ts';
import { Journal } from './journal.ts';
import { toyServer } from './server.ts';
import { PromptMemory } from './toy/memory.ts';
import { Random } from './toy/random.ts';
import type { Workshop } from './workshop.ts';
import { StoredResponses } from './toy/stored-responses.ts';

/** Stands still until told to go on; `asked` resolves when somebody waits for it. */
class StoppedClock implements Clock {
  #now = 0;
  #waiting: { readonly at: number; readonly fn: () => void }[] = [];
  #told: (() => void) | undefined;

  now = (): number => this.#now;
  wall = (): number => Date.UTC(2026, 0, 1) + this.#now;

  after(ms: number, fn: () => void): () => void {
    const one = { at: this.#now + ms, fn };
    this.#waiting.push(one);
    this.#told?.();
    return () => (this.#waiting = this.#waiting.filter((other) => other !== one));
  }

  get timers(): number {
    return this.#waiting.length;
  }

  async asked(): Promise<void> {
    if (this.#waiting.length > 0) return;
    await new Promise<void>((resolve) => (this.#told = resolve));
  }

  advance(ms: number): void {
    this.#now += ms;
    const due = this.#waiting.filter(({ at }) => at <= this.#now);
    this.#waiting = this.#waiting.filter(({ at }) => at > this.#now);
    for (const { fn } of due) fn();
  }
}

let clock: StoppedClock;
let journal: Journal;
let faults: FaultSet;
let server: Server;
let requireKey: boolean | string;

beforeEach(() => {
  clock = new StoppedClock();
  journal = new Journal(3, undefined);
  faults = new FaultSet(new Random(1));
  requireKey = false;
  const workshop: Workshop = {
    house: {
      seed: '1',
      models: ['one', 'two'],
      memory: new PromptMemory(),
      stored: new StoredResponses(),
    },
    faults,
    journal,
    clock,
    get requireKey() {
      return requireKey;
    },
    isClosing: () => false,
  };
  server = toyServer(workshop, {
    get faults() {
      return faults.list();
    },
    set: async (fault) => faults.set(fault),
    clear: async (which) => faults.clear(which),
  });
});

interface Exchange {
  readonly answer: IncomingMessage;
  readonly socket: Duplex;
}

/** Two ends of a connection; when one is closed the other ends, as with a socket. */
function connect(): Duplex {
  const [near, far] = duplexPair();
  near.once('close', () => far.destroy());
  far.once('close', () => near.push(null));
  server.emit('connection', far);
  return near;
}

/** Speaks HTTP with the server through memory: no socket, no port. */
async function call(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Exchange> {
  const near = connect();
  const request = httpRequest({ method, path, headers, createConnection: () => near });
  request.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body));
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  return { answer, socket: near };
}

/** Resolves however it ends. */
async function gone(answer: IncomingMessage): Promise<void> {
  answer.on('error', () => undefined);
  await new Promise<void>((resolve) => answer.once('close', resolve));
}

async function textOf({ answer }: Exchange): Promise<string> {
  let text = '';
  for await (const part of answer as AsyncIterable<Buffer>) text += part.toString();
  return text;
}

async function told(exchange: Exchange): Promise<unknown> {
  return JSON.parse(await textOf(exchange));
}

const question = [{ role: 'user', content: 'Who keeps the light?' }];
const chat = { model: 'm', messages: question };
const message = { ...chat, max_tokens: 300 };
const version = { 'anthropic-version': '2023-06-01' };

const ask = (more: object = {}, headers: Record<string, string> = {}): Promise<Exchange> =>
  call('POST', '/v1/chat/completions', { ...chat, ...more }, headers);
const askAnthropic = (more: object = {}, headers: Record<string, string> = {}): Promise<Exchange> =>
  call('POST', '/v1/messages', { ...message, ...more }, { ...version, ...headers });

const framesOf = (text: string): readonly string[] => text.split(/(?<=\n\n)/);
const lastEnding = async (): Promise<unknown> => {
  await journal.settled();
  return journal.entries.at(-1)?.ending;
};

describe('an answer', () => {
  it('says that it is simulated, whatever comes', async () => {
    const exchanges = [
      await ask(),
      await ask({ stream: true }),
      await askAnthropic(),
      await call('GET', '/v1/models'),
      await call('GET', '/nowhere'),
      await ask({ model: undefined }),
      await ask({}, { 'x-simulate': 'status=500' }),
      await ask({}, { 'x-simulate': 'wrongContentType' }),
      await ask({}, { 'x-simulate': 'emptyBody' }),
      await call('GET', '/_simulator'),
      await call('PUT', '/_simulator/faults', '{'),
    ];
    for (const { answer } of exchanges)
      expect(answer.headers['x-vitalgate-simulated']).toBe('true');
  });

  it('is an error when the toy itself fails, which the journal remembers', async () => {
    const deep = '['.repeat(50_000) + ']'.repeat(50_000);
    const body = `{"model": "m", "prompt": ${deep}}`;
    const { answer } = await call('POST', '/v1/completions', body);
    expect(answer.statusCode).toBe(500);
    expect(await lastEnding()).toMatchObject({
      how: 'answered',
      problem: expect.stringMatching(/^RangeError/),
    });
    expect((await ask()).answer.statusCode).toBe(200);
  });

  it('is the same for the same seed, but for its identifiers', async () => {
    const [one, other] = [await told(await ask()), await told(await ask())];
    expect(one).toMatchObject({ id: expect.stringMatching(/^chatcmpl-[A-Za-z0-9]{29}$/) });
    expect(one).toEqual({ ...(other as object), id: (one as { id: string }).id });
    expect(one).not.toEqual(other);
  });

  it('is refused in the words of the vendor whose path it is', async () => {
    const openai = await told(await call('POST', '/v1/chat/completions', '{"model":'));
    expect(openai).toEqual({
      error: {
        message: 'We could not parse the JSON body of your request.',
        type: 'invalid_request_error',
        param: null,
        code: null,
      },
    });
    const anthropic = await told(await call('POST', '/v1/messages', '[]', version));
    expect(anthropic).toMatchObject({
      type: 'error',
      error: { type: 'invalid_request_error', message: 'The request body is not valid JSON' },
    });
  });

  it.each([
    ['GET', '/v1/chat/completions', 405],
    ['POST', '/v1/models', 405],
    ['POST', '/v1/nothing', 404],
    ['GET', '/', 404],
  ])('to %s %s is %i', async (method, path, status) => {
    const { answer } = await call(method, path, method === 'POST' ? '{}' : undefined);
    expect(answer.statusCode).toBe(status);
  });

  it('lists models in the dialect the headers speak for', async () => {
    expect(await told(await call('GET', '/v1/models'))).toMatchObject({
      object: 'list',
      data: [{ id: 'one', object: 'model' }, { id: 'two' }],
    });
    expect(await told(await call('GET', '/v1/models?limit=5', undefined, version))).toMatchObject({
      data: [{ id: 'one', type: 'model' }, { id: 'two' }],
      has_more: false,
    });
    expect(await told(await call('GET', '/v1/models/a%2Fb'))).toMatchObject({ id: 'a/b' });
  });

  it('needs a key where one is required', async () => {
    requireKey = 'sk-right';
    const statusOf = async (headers: Record<string, string>): Promise<number | undefined> =>
      (await ask({}, headers)).answer.statusCode;
    expect(await statusOf({})).toBe(401);
    expect(await statusOf({ authorization: 'Bearer sk-wrong' })).toBe(401);
    expect(await statusOf({ authorization: 'Bearer sk-right' })).toBe(200);
    expect(await statusOf({ 'x-api-key': 'sk-right' })).toBe(200);
    expect(await statusOf({ 'api-key': 'sk-right' })).toBe(200);
    const signed = 'AWS4-HMAC-SHA256 Credential=sk-right/20260101/us-east-1/bedrock/aws4_request';
    expect(await statusOf({ authorization: `${signed}, SignedHeaders=host, Signature=0` })).toBe(
      200,
    );
    requireKey = true;
    expect(await statusOf({ authorization: 'Bearer any' })).toBe(200);
    expect(await told(await askAnthropic())).toMatchObject({
      error: { type: 'authentication_error', message: 'x-api-key header is required' },
    });
  });

  it('refuses a body beyond 32 MiB', async () => {
    const exchange = await ask({ padding: 'x'.repeat(33_554_432) });
    expect(exchange.answer.statusCode).toBe(413);
    expect(await told(exchange)).toMatchObject({ error: { type: 'server_error' } });
  });
});

describe('a pace', () => {
  it('holds back the head, then the first token, then each token', async () => {
    const slow = 'latency=1000, timeToFirstToken=500, tokensPerSecond=10';
    const coming = ask({ stream: true }, { 'x-simulate': slow });
    await clock.asked();
    expect(journal.entries.at(-1)?.ending).toBeUndefined();
    clock.advance(1000);

    const { answer } = await coming;
    const arrived: string[] = [];
    answer.on('data', (part: Buffer) => arrived.push(...framesOf(part.toString())));
    await once(answer, 'data');
    expect(arrived).toHaveLength(1);
    expect(arrived[0]).toContain('"role":"assistant"');

    for (const [wait, content] of [
      [500, '['],
      [100, 'simulated'],
      [100, ']'],
    ] as const) {
      await clock.asked();
      clock.advance(wait - 1);
      expect(clock.timers).toBe(1);
      clock.advance(1);
      await once(answer, 'data');
      expect(arrived.at(-1)).toContain(`"content":"${content}"`);
    }
    expect(arrived).toHaveLength(4);
  });

  it('lets a whole answer take as long as its tokens', async () => {
    const coming = ask({}, { 'x-simulate': 'timeToFirstToken=500, tokensPerSecond=10' });
    await clock.asked();
    clock.advance(499 + 50 * 100);
    expect(clock.timers).toBe(1);
    clock.advance(1000 * 100);
    expect((await coming).answer.statusCode).toBe(200);
  });
});

describe('a fault', () => {
  const strike = (fault: Fault): void => faults.set(fault);

  it.each([400, 401, 403, 404, 408, 413, 422, 429, 500, 502, 503, 504, 529, 599])(
    'gives the status %i in either dialect',
    async (status) => {
      strike({ status });
      const openai = await ask();
      expect(openai.answer.statusCode).toBe(status);
      expect(await told(openai)).toEqual({
        error: {
          message: expect.stringMatching(/\w/),
          type: expect.stringMatching(/\w/),
          param: null,
          code: expect.toSatisfy((code) => code === null || /\w/.test(String(code))),
        },
      });
      const anthropic = await askAnthropic();
      expect(anthropic.answer.statusCode).toBe(status);
      expect(await told(anthropic)).toEqual({
        type: 'error',
        error: {
          type: expect.stringMatching(/_error$|^request_too_large$/),
          message: expect.any(String),
        },
        request_id: anthropic.answer.headers['request-id'],
      });
    },
  );

  it('tells when to return, where it is to', async () => {
    strike({ status: 429, retryAfter: 1.5 });
    expect((await ask()).answer.headers).toMatchObject({
      'retry-after': '2',
      'retry-after-ms': '1500',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '1.5s',
    });
    expect((await askAnthropic()).answer.headers).toMatchObject({
      'retry-after': '2',
      'anthropic-ratelimit-requests-remaining': '0',
      'anthropic-ratelimit-requests-reset': '2026-01-01T00:00:02Z',
    });
    strike({ status: 429 });
    for (const { answer } of [await ask(), await askAnthropic()]) {
      expect(answer.headers).not.toHaveProperty('retry-after');
    }
  });

  it('has other meanings of a status', async () => {
    strike({ status: 429, code: 'insufficient_quota' });
    expect(await told(await ask())).toMatchObject({
      error: { type: 'insufficient_quota', code: 'insufficient_quota' },
    });
    strike({ status: 500, code: 'overloaded_error' });
    expect(await told(await askAnthropic())).toMatchObject({ error: { type: 'overloaded_error' } });
  });

  it('never answers, until the caller leaves', async () => {
    strike({ blackhole: true });
    strike({ latency: 1 });
    const near = connect();
    const request = httpRequest({ path: '/v1/models', createConnection: () => near });
    request.on('error', () => undefined);
    request.end();
    await clock.asked();
    clock.advance(1);
    near.destroy();
    expect(await lastEnding()).toMatchObject({
      how: 'caller-left',
      status: undefined,
      fault: 'blackhole',
      bytes: 0,
    });
  });

  it('gives an empty body, or a page that is none of ours', async () => {
    strike({ emptyBody: true });
    const empty = await ask();
    expect([empty.answer.statusCode, await textOf(empty)]).toEqual([200, '']);
    faults.clear();
    strike({ wrongContentType: true });
    const page = await ask({ stream: true });
    expect(page.answer.headers['content-type']).toBe('text/html');
    expect(await textOf(page)).toMatch(/^<!doctype html>/);
  });

  it.each([
    ['whole', ask],
    ['streamed', ask],
    ['whole', askAnthropic],
    ['streamed', askAnthropic],
  ])('writes a huge answer, %s', async (how, send) => {
    strike({ hugeAnswer: 2_000_000 });
    const text = await textOf(await send({ stream: how === 'streamed' }));
    expect(text.length).toBeGreaterThan(2_000_000);
    expect(text.length).toBeLessThan(2_600_000);
  });

  describe.each([
    ['openai', ask],
    ['anthropic', askAnthropic],
  ] as const)('in a stream of %s', (dialect, send) => {
    const broken = async (fault: Fault): Promise<{ text: string; aborted: boolean }> => {
      strike(fault);
      const { answer } = await send({ stream: true });
      let text = '';
      answer.on('data', (part: Buffer) => (text += part.toString()));
      await gone(answer);
      return { text, aborted: !answer.complete };
    };
    const whole = async (): Promise<readonly string[]> =>
      framesOf(await textOf(await send({ stream: true })));
    const withoutIds = (frames: readonly string[]): readonly string[] =>
      frames.map((frame) => frame.replaceAll(/"(chatcmpl-|msg_01)\w+"/g, '"id"'));

    it.each([0, 1, 4])('cuts after %i frames', async (chunks) => {
      const { text, aborted } = await broken({ cutAfterChunks: chunks, times: 1 });
      expect(aborted).toBe(true);
      const frames = text === '' ? [] : framesOf(text);
      expect(withoutIds(frames)).toEqual(withoutIds(await whole()).slice(0, chunks));
      expect(journal.entries.at(-2)?.ending).toMatchObject({ how: 'broken', status: 200, chunks });
    });

    it('cuts a shorter stream before its last frame', async () => {
      const { text, aborted } = await broken({ cutAfterChunks: 100_000, times: 1 });
      expect(aborted).toBe(true);
      expect(withoutIds(framesOf(text))).toEqual(withoutIds(await whole()).slice(0, -1));
    });

    it('tells of an error in its own form, and ends without a terminator', async () => {
      const { text, aborted } = await broken({ errorAfterChunks: 3 });
      expect(aborted).toBe(false);
      expect(framesOf(text)).toHaveLength(4);
      expect(framesOf(text).at(-1)).toMatch(
        dialect === 'openai'
          ? /^data: \{"error":\{.*"type":"server_error"/
          : /^event: error\ndata: \{"type":"error","error":\{"type":"overloaded_error"/,
      );
      expect(text).not.toMatch(/\[DONE\]|message_stop/);
    });

    it('puts garbage in the place of a frame, and goes on', async () => {
      const { text, aborted } = await broken({ malformedAfterChunks: 3, times: 1 });
      expect(aborted).toBe(false);
      const frames = framesOf(text);
      const data = /^data: (.*)$/m.exec(frames[3] ?? '')?.[1] ?? '';
      expect(() => JSON.parse(data) as unknown).toThrow(SyntaxError);
      expect(withoutIds(frames).toSpliced(3, 1)).toEqual(withoutIds(await whole()).toSpliced(3, 1));
    });

    it('falls silent and stays open', async () => {
      strike({ stallAfterChunks: 2 });
      const { answer, socket } = await send({ stream: true });
      let text = '';
      answer.on('data', (part: Buffer) => (text += part.toString()));
      answer.on('error', () => undefined);
      await once(answer, 'data');
      expect(framesOf(text)).toHaveLength(2);
      expect(answer.complete).toBe(false);
      socket.destroy();
      expect(await lastEnding()).toMatchObject({
        how: 'caller-left',
        chunks: 2,
        fault: 'stallAfterChunks',
      });
    });
  });

  it('breaks a whole answer in the middle', async () => {
    strike({ malformedAfterChunks: 1 });
    const half = await textOf(await ask());
    expect(() => JSON.parse(half) as unknown).toThrow(SyntaxError);

    faults.clear();
    strike({ cutAfterChunks: 1 });
    const { answer } = await ask();
    const bytes = Number(answer.headers['content-length']);
    let got = 0;
    answer.on('data', (part: Buffer) => (got += part.length));
    await gone(answer);
    expect(answer.complete).toBe(false);
    expect(got).toBeGreaterThan(0);
    expect(got).toBeLessThan(bytes);

    faults.clear();
    strike({ errorAfterChunks: 1 });
    expect((await ask()).answer.statusCode).toBe(500);
  });

  it('is told in the vendor’s form when its header makes no sense', async () => {
    const exchange = await askAnthropic({}, { 'x-simulate': 'stauts=500' });
    expect(exchange.answer.statusCode).toBe(400);
    expect(await told(exchange)).toMatchObject({
      error: { message: expect.stringContaining('not stauts; effects are') },
    });
    expect((await ask({}, { 'x-simulate': 'refuse' })).answer.statusCode).toBe(400);
  });
});

describe('a slow caller', () => {
  it('is waited for, and work stops when it leaves', async () => {
    faults.set({ hugeAnswer: 20_000_000 });
    const { answer, socket } = await ask({ stream: true });
    answer.on('error', () => undefined);
    await once(answer, 'readable');
    expect(journal.entries.at(-1)?.ending).toBeUndefined();
    socket.destroy();
    expect(await lastEnding()).toMatchObject({ how: 'caller-left', status: 200 });
    const written = journal.entries.at(-1)?.ending?.bytes ?? 0;
    expect(written).toBeGreaterThan(0);
    expect(written).toBeLessThan(2_000_000);
  });

  it('is not waited for by the clock once it has left', async () => {
    const { answer, socket } = await ask(
      { stream: true },
      { 'x-simulate': 'timeToFirstToken=1000' },
    );
    answer.on('error', () => undefined);
    await clock.asked();
    expect(clock.timers).toBe(1);
    socket.destroy();
    expect(await lastEnding()).toMatchObject({ how: 'caller-left', chunks: 1 });
    expect(clock.timers).toBe(0);
  });
});

describe('the journal', () => {
  it('takes down what came and how it ended', async () => {
    await textOf(await ask({ stream: true }, { authorization: 'Bearer sk-1' }));
    await journal.settled();
    const body = JSON.stringify({ ...chat, stream: true });
    expect(journal.entries).toEqual([
      {
        id: 1,
        at: Date.UTC(2026, 0, 1),
        method: 'POST',
        path: '/v1/chat/completions',
        headers: expect.objectContaining({ authorization: 'Bearer sk-1' }),
        bodyBytes: body.length,
        model: 'm',
        stream: true,
        ending: {
          how: 'answered',
          status: 200,
          fault: undefined,
          problem: undefined,
          chunks: expect.any(Number),
          bytes: expect.any(Number),
          durationMs: 0,
        },
      },
    ]);
  });

  it('is settled once everything has ended', async () => {
    const slow = ask({}, { 'x-simulate': 'latency=1' });
    await clock.asked();
    const settled = journal.settled().then(() => journal.entries.map(({ ending }) => ending?.how));
    await textOf(await ask());
    clock.advance(1);
    await textOf(await slow);
    expect(await settled).toEqual(['answered', 'answered']);
  });

  it('keeps the latest, and leaves out what steers the simulator', async () => {
    for (const path of ['/1', '/2', '/_simulator', '/3', '/4'])
      await textOf(await call('GET', path));
    await journal.settled();
    expect(journal.entries.map(({ path }) => path)).toEqual(['/2', '/3', '/4']);
  });
});

describe('the control path', () => {
  const put = (body: unknown): Promise<Exchange> => call('PUT', '/_simulator/faults', body);

  it('explains itself', async () => {
    const help = await textOf(await call('GET', '/_simulator'));
    expect(help).toContain('No model answers here.');
    expect(help).toContain('malformedAfterChunks');
  });

  it('sets, lists and heals', async () => {
    expect(
      await told(
        await put([
          { status: 529, times: 2 },
          { latency: 5, model: 'n' },
        ]),
      ),
    ).toEqual({
      faults: [
        { latency: 5, model: 'n', struck: 0 },
        { status: 529, times: 2, struck: 0 },
      ],
    });
    expect((await ask()).answer.statusCode).toBe(529);
    expect(await told(await call('GET', '/_simulator/faults'))).toMatchObject({
      faults: [{ struck: 0 }, { struck: 1 }],
    });
    expect(await told(await call('DELETE', '/_simulator/faults?effect=latency'))).toMatchObject({
      faults: [{ status: 529 }],
    });
    expect(await told(await call('DELETE', '/_simulator/faults'))).toEqual({ faults: [] });
    expect((await ask()).answer.statusCode).toBe(200);
  });

  it.each([
    ['{', 'the body is not JSON'],
    [[{ reset: true }, { status: 1 }], 'status is a whole number from 400 to 599, not 1'],
    [{ refuse: true }, 'refuse needs its milliseconds when set over HTTP'],
    [`"${'x'.repeat(1_048_577)}"`, 'the body is larger than 1048576 bytes'],
  ])('refuses %.40j and sets nothing', async (body, message) => {
    const exchange = await put(body);
    expect(exchange.answer.statusCode).toBe(400);
    expect(await told(exchange)).toEqual({
      error: { code: 'invalid_fault', message: expect.stringContaining(message) },
    });
    expect(faults.list()).toEqual([]);
  });

  it('sets the refusing of connections after it has answered', async () => {
    const exchange = await put({ refuse: 500 });
    expect(await told(exchange)).toEqual({ faults: [] });
    expect(faults.list()).toEqual([{ refuse: 500, struck: 0 }]);
  });

  it.each([
    ['POST', '/_simulator/faults', 405],
    ['GET', '/_simulator/else', 404],
    ['DELETE', '/_simulator', 404],
  ])('%s %s is %i', async (method, path, status) => {
    expect((await call(method, path)).answer.statusCode).toBe(status);
  });
});
