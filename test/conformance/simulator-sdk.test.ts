/** The simulator as the vendors' own SDKs see it: what they can read is on the wire as it should be. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import { VirtualClock } from '@vitalgate/health';
import { type Fault, type Simulator, SimulatorError, startSimulator } from '@vitalgate/simulator';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../harness/until.ts';

let simulator: Simulator;
let openai: OpenAI;
let anthropic: Anthropic;

beforeAll(async () => {
  simulator = await startSimulator({ seed: 7 });
  // Their own warnings about the streams that are broken on purpose would only be noise.
  const quiet = { maxRetries: 0, logLevel: 'off' as const };
  openai = new OpenAI({ ...quiet, baseURL: `${simulator.url}/v1`, apiKey: 'sk-toy' });
  anthropic = new Anthropic({ ...quiet, baseURL: simulator.url, apiKey: 'sk-ant-toy' });
});
afterEach(() => simulator.clear());
afterAll(() => simulator.close());

const model = 'vitalgate-sim-1';
const asking = (content: string): { role: 'user'; content: string }[] => [
  { role: 'user', content },
];
const question = asking('Who keeps the light?');
const forecast = asking('What will the weather be in San Francisco and Boston?');
const place = {
  type: 'object' as const,
  properties: { place: { type: 'string' }, unit: { enum: ['C', 'F'] } },
  required: ['place', 'unit'],
  additionalProperties: false,
};
const places = [
  { place: 'San Francisco', unit: expect.stringMatching(/^[CF]$/) as unknown },
  { place: 'Boston', unit: expect.stringMatching(/^[CF]$/) as unknown },
];
const ship = {
  type: 'object' as const,
  properties: {
    name: { type: 'string' },
    masts: { type: 'integer', minimum: 1, maximum: 5 },
    ports: { type: 'array', items: { type: 'string', pattern: '^[A-Z]{5}$' }, minItems: 2 },
  },
  required: ['name', 'masts', 'ports'],
  additionalProperties: false,
};
const aShip: unknown = {
  name: expect.any(String),
  masts: expect.toSatisfy((masts) => Number.isInteger(masts) && masts >= 1 && masts <= 5),
  ports: expect.toSatisfy(
    (ports) => ports.length >= 2 && ports.every((port: string) => /^[A-Z]{5}$/.test(port)),
  ),
};
const statuses = [400, 401, 403, 404, 422, 429, 500, 502, 503, 504, 529];

describe('openai', () => {
  const chat = { model, messages: question };
  const tools = [
    { type: 'function' as const, function: { name: 'get_weather', parameters: place } },
  ];

  it('completes a chat', async () => {
    const { data, response } = await openai.chat.completions.create(chat).withResponse();
    expect(response.headers.get('x-vitalgate-simulated')).toBe('true');
    expect(data).toMatchObject({ model, system_fingerprint: 'vitalgate-simulator' });
    expect(data.choices[0]?.message.content).toMatch(
      /^\[simulated\] You said “Who keeps the light\?”/,
    );
    expect(data.choices[0]?.finish_reason).toBe('stop');
    const { prompt_tokens: prompt = 0, completion_tokens: completion = 0 } = data.usage ?? {};
    expect(data.usage?.total_tokens).toBe(prompt + completion);
  });

  it('streams the same text', async () => {
    const whole = await openai.chat.completions.create(chat);
    const usage = { stream_options: { include_usage: true } };
    const streamed = await openai.chat.completions
      .stream({ ...chat, ...usage })
      .finalChatCompletion();
    expect(streamed.choices[0]?.message.content).toBe(whole.choices[0]?.message.content);
    expect(streamed.usage).toEqual(whole.usage);
  });

  it('calls tools in parallel, whole and streamed alike', async () => {
    const whole = await openai.chat.completions.create({ model, messages: forecast, tools });
    const stream = openai.chat.completions.stream({ model, messages: forecast, tools });
    for (const { choices } of [whole, await stream.finalChatCompletion()]) {
      expect(choices[0]?.finish_reason).toBe('tool_calls');
      const calls = choices[0]?.message.tool_calls ?? [];
      const inputs = calls.map(
        (call) => call.type === 'function' && JSON.parse(call.function.arguments),
      );
      expect(inputs).toEqual(places);
    }
  });

  it('goes on after a tool has answered, and runs the loop of the SDK to its end', async () => {
    const forecaster = {
      type: 'function' as const,
      function: {
        name: 'get_weather',
        description: 'Forecasts.',
        parameters: place,
        function: (): string => 'rain',
      },
    };
    const run = openai.chat.completions.runTools({
      model,
      messages: forecast,
      tools: [forecaster],
    });
    expect(await run.finalContent()).toContain('The tools answered “rain” and “rain”.');
  });

  it('writes what the schema asks', async () => {
    const response_format = {
      type: 'json_schema' as const,
      json_schema: { name: 'ship', strict: true, schema: ship },
    };
    const { choices } = await openai.chat.completions.parse({ ...chat, response_format });
    expect(choices[0]?.message.parsed).toEqual(aShip);
  });

  it('completes, embeds and lists', async () => {
    const completion = await openai.completions.create({ model, prompt: 'Once', max_tokens: 30 });
    expect(completion.choices[0]?.text).toMatch(/^\[simulated\] /);
    // The SDK asks for base64 and unpacks it.
    const { data } = await openai.embeddings.create({ model, input: 'the sea', dimensions: 8 });
    expect(Math.hypot(...(data[0]?.embedding ?? []))).toBeCloseTo(1, 5);
    const models: string[] = [];
    for await (const { id } of openai.models.list()) models.push(id);
    expect(models).toContain(model);
    expect(await openai.models.retrieve('any')).toMatchObject({ id: 'any' });
  });

  it.each(statuses)('raises the error of status %i', async (status) => {
    await simulator.set({ status });
    await expect(openai.chat.completions.create(chat)).rejects.toBeInstanceOf(
      errorOf(OpenAI, status),
    );
  });

  it('is waited for as long as it says', async () => {
    await simulator.set({ status: 429, retryAfter: 0.001, times: 1 });
    const patient = openai.withOptions({ maxRetries: 1 });
    expect((await patient.chat.completions.create(chat)).choices).toHaveLength(1);
  });

  it.each<[Fault, RegExp]>([
    [{ errorAfterChunks: 3 }, /The server had an error/],
    [{ malformedAfterChunks: 3 }, /JSON/],
    [{ cutAfterChunks: 3 }, /terminated|closed|Connection/i],
  ])('breaks a stream by %j', async (fault, message) => {
    await simulator.set(fault);
    const stream = openai.chat.completions.stream(chat);
    await expect(stream.finalChatCompletion()).rejects.toThrow(message);
  });
});

describe('anthropic', () => {
  const asked = { model, max_tokens: 3000, messages: question };
  const tools = [{ name: 'get_weather', input_schema: place }];

  it('answers a message', async () => {
    const { data, response } = await anthropic.messages.create(asked).withResponse();
    expect(response.headers.get('x-vitalgate-simulated')).toBe('true');
    expect(data).toMatchObject({ model, stop_reason: 'end_turn', role: 'assistant' });
    expect(data.content).toMatchObject([
      {
        type: 'text',
        text: expect.stringMatching(/^\[simulated\] You said “Who keeps the light\?”/),
      },
    ]);
  });

  it('streams the same message, thinking included', async () => {
    const thoughtful = { ...asked, thinking: { type: 'adaptive' as const } };
    const whole = await anthropic.messages.create(thoughtful);
    const streamed = await anthropic.messages.stream(thoughtful).finalMessage();
    expect(whole.content.map(({ type }) => type)).toEqual(['thinking', 'text']);
    expect(streamed.content).toEqual(whole.content);
    expect(streamed.stop_reason).toBe('end_turn');
    expect(streamed.usage).toEqual(whole.usage);
  });

  it('calls tools in parallel, whole and streamed alike', async () => {
    const body = { ...asked, messages: forecast, tools };
    const whole = await anthropic.messages.create(body);
    for (const message of [whole, await anthropic.messages.stream(body).finalMessage()]) {
      expect(message.stop_reason).toBe('tool_use');
      const calls = message.content.filter((block) => block.type === 'tool_use');
      expect(calls.map(({ input }) => input)).toEqual(places);
    }
  });

  it('goes on after a tool has answered', async () => {
    const first = await anthropic.messages.create({ ...asked, messages: forecast, tools });
    const results = first.content
      .filter((block) => block.type === 'tool_use')
      .map(({ id }) => ({ type: 'tool_result' as const, tool_use_id: id, content: 'rain' }));
    const { content } = await anthropic.messages.create({
      ...asked,
      tools,
      messages: [
        ...forecast,
        { role: 'assistant', content: first.content },
        { role: 'user', content: results },
      ],
    });
    expect(content).toMatchObject([
      { text: expect.stringContaining('The tools answered “rain” and “rain”.') },
    ]);
  });

  it('writes what the schema asks', async () => {
    const { content } = await anthropic.messages.create({
      ...asked,
      output_config: { format: { type: 'json_schema', schema: ship } },
    });
    const [block] = content;
    expect(block?.type === 'text' && JSON.parse(block.text)).toEqual(aShip);
  });

  it('counts and lists', async () => {
    const count = await anthropic.messages.countTokens({ model, messages: question });
    const { usage } = await anthropic.messages.create(asked);
    expect(count.input_tokens).toBe(usage.input_tokens);
    const models: string[] = [];
    for await (const { id } of anthropic.models.list()) models.push(id);
    expect(models).toContain(model);
    expect(await anthropic.models.retrieve('any')).toMatchObject({ id: 'any', type: 'model' });
  });

  it.each(statuses)('raises the error of status %i', async (status) => {
    await simulator.set({ status });
    await expect(anthropic.messages.create(asked)).rejects.toBeInstanceOf(
      errorOf(Anthropic, status),
    );
  });

  it.each<[Fault, RegExp]>([
    [{ errorAfterChunks: 3 }, /overloaded_error/],
    [{ malformedAfterChunks: 4 }, /JSON/],
    [{ cutAfterChunks: 3 }, /terminated|closed|Connection|ended/i],
  ])('breaks a stream by %j', async (fault, message) => {
    await simulator.set(fault);
    await expect(anthropic.messages.stream(asked).finalMessage()).rejects.toThrow(message);
  });
});

/** Which class an SDK raises for a status; both were made by the same generator. */
function errorOf(
  sdk: typeof OpenAI | typeof Anthropic,
  status: number,
): new (...args: never) => Error {
  const classes: Readonly<Record<number, new (...args: never) => Error>> = {
    400: sdk.BadRequestError,
    401: sdk.AuthenticationError,
    403: sdk.PermissionDeniedError,
    404: sdk.NotFoundError,
    422: sdk.UnprocessableEntityError,
    429: sdk.RateLimitError,
  };
  return classes[status] ?? sdk.InternalServerError;
}

describe('the connection', () => {
  const chat = { model, messages: question };
  const reasonOf = async (): Promise<unknown> => {
    const failure: unknown = await openai.chat.completions
      .create(chat)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(OpenAI.APIConnectionError);
    let cause: unknown = failure;
    while (cause instanceof Error && cause.cause !== undefined) ({ cause } = cause);
    return (cause as { code?: unknown }).code;
  };

  it('is refused, and taken again at the same port', async () => {
    const { port } = simulator.address;
    await openai.chat.completions.create(chat);
    await simulator.set({ refuse: true });
    expect(await reasonOf()).toBe('ECONNREFUSED');
    await simulator.clear({ effect: 'latency' });
    expect(await reasonOf()).toBe('ECONNREFUSED');
    await simulator.clear();
    await openai.chat.completions.create(chat);
    expect(simulator.address.port).toBe(port);
  });

  it('is taken again by itself after the time given over HTTP', async () => {
    const clock = new VirtualClock();
    const other = await startSimulator({ clock });
    const isOpen = (): Promise<boolean> =>
      fetch(`${other.url}/_simulator`).then(
        (answer) => answer.ok,
        () => false,
      );
    const body = JSON.stringify({ refuse: 500 });
    const put = await fetch(`${other.url}/_simulator/faults`, { method: 'PUT', body });
    expect(put.status).toBe(200);
    await until(isOpen, (open) => !open);
    clock.advance(499);
    expect(await isOpen()).toBe(false);
    clock.advance(1);
    await until(isOpen, Boolean);
    expect(other.faults).toEqual([]);
    await other.close();
  });

  it('is reset', async () => {
    await simulator.set({ reset: true });
    expect(await reasonOf()).toMatch(/ECONNRESET|UND_ERR_SOCKET/);
    await simulator.settled();
    expect(simulator.journal.at(-1)?.ending).toMatchObject({ how: 'broken', fault: 'reset' });
  });

  it('is known to have been left by its caller', async () => {
    await simulator.set({ stallAfterChunks: 4 });
    const stream = await openai.chat.completions.create({ ...chat, stream: true });
    for await (const { choices } of stream) if (choices[0]?.delta.content) break;
    await simulator.settled();
    expect(simulator.journal.at(-1)).toMatchObject({
      path: '/v1/chat/completions',
      headers: { authorization: 'Bearer sk-toy' },
      ending: { how: 'caller-left', chunks: 4 },
    });
  });
});

describe('startSimulator', () => {
  it('says when it cannot listen, and what is wrong with a fault, before anything else', async () => {
    const { host, port } = simulator.address;
    await expect(startSimulator({ host, port })).rejects.toMatchObject({ code: 'cannot_listen' });
    await expect(startSimulator({ faults: [{ status: 1 }] })).rejects.toThrow(SimulatorError);
    const journalFile = '/nowhere/journal.jsonl';
    await expect(startSimulator({ journalFile })).rejects.toMatchObject({
      code: 'cannot_write_journal',
    });
  });

  it('closes once and for all, and tells of what was going on', async () => {
    const clock = new VirtualClock();
    const reached = new Promise<void>((resolve) => {
      const after = clock.after.bind(clock);
      clock.after = (ms, fn) => (resolve(), after(ms, fn));
    });
    const other = await startSimulator({ clock, faults: [{ latency: 1000 }] });
    const asked = fetch(`${other.url}/v1/models`).catch(() => undefined);
    await reached;
    await other.close();
    await other.close();
    await asked;
    expect(other.journal[0]?.ending).toMatchObject({ how: 'closed' });
    await expect(other.set({ reset: true })).rejects.toMatchObject({ code: 'closed' });
    await expect(other.clear()).rejects.toMatchObject({ code: 'closed' });
  });

  it('writes the journal to a file, a line before and a line after', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'simulator-'));
    const journalFile = join(folder, 'journal.jsonl');
    const other = await startSimulator({ journalFile, faults: [{ status: 503 }] });
    await (await fetch(`${other.url}/v1/models`)).text();
    await other.close();
    const lines = readFileSync(journalFile, 'utf8').trimEnd().split('\n');
    rmSync(folder, { recursive: true });
    expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
      { event: 'received', id: 1, method: 'GET', path: '/v1/models' },
      { event: 'ended', id: 1, how: 'answered', status: 503, fault: 'status' },
    ]);
  });
});
