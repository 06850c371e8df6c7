import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../harness/gateway.ts';
import { onFreePorts, Process, sharedVitalgate, vitalgate } from '../harness/process.ts';

const shell = promisify(execFile);

type Started = Process & { readonly key: string };

async function ready(started: Process): Promise<Started> {
  const printed = await started.until(/^ready$/m);
  const key = /Bearer (vg_\w+)/.exec(printed)?.[1] ?? '';
  return Object.assign(started, { key });
}

const firstStart = (folder = temporaryFolder()) => ready(vitalgate(['start'], onFreePorts(folder)));

/** One that was started as people do, for all that leave it as it is. */
let usual: Started;
const usualFolder = mkdtempSync(join(tmpdir(), 'vitalgate-test-'));
beforeAll(async () => {
  usual = await ready(sharedVitalgate(['start'], onFreePorts(usualFolder)));
});
afterAll(async () => {
  await usual.kill();
  rmSync(usualFolder, { recursive: true, force: true });
});

describe('npm start', () => {
  it('prints a line that works when pasted', async () => {
    const { stdout } = usual;
    const line = /^curl .*chat\/completions.*$/m.exec(stdout)?.[0] ?? '';
    const answer = await shell('sh', ['-c', `${line} -s -i`]);
    expect(answer.stdout).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(answer.stdout).toContain('x-vitalgate-target: simulator/toy-1');
    expect(answer.stdout).toContain('[simulated]');
  });

  it('shows the traffic going elsewhere when a provider is broken as it says', async () => {
    const { stdout } = await firstStart();
    const call = /^curl .*chat\/completions.*$/m.exec(stdout)?.[0] ?? '';
    const breakIt = /^curl -X PUT .*$/m.exec(stdout)?.[0] ?? '';
    await shell('sh', ['-c', `${breakIt} -s -f`]);
    const answer = await shell('sh', ['-c', `${call} -s -i`]);
    expect(answer.stdout).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(answer.stdout).toContain('x-vitalgate-target: standby/toy-1');
    expect(answer.stdout).toContain('x-vitalgate-attempts: 2');
  });

  it('shows the key once, and keeps its hash alone and nothing of what is said (L09)', async () => {
    const folder = temporaryFolder();
    const first = await firstStart(folder);
    const asked = new OpenAI({ baseURL: `${first.address('gateway')}/v1`, apiKey: first.key });
    const words = 'words that nobody keeps';
    const messages = [{ role: 'user' as const, content: words }];
    const told = await asked.chat.completions.create({ model: 'demo', messages });
    // The simulator says again what it was asked.
    expect(told.choices[0]?.message.content).toContain(words);
    first.child.kill('SIGTERM');
    const { code, stdout, stderr } = await first.ended;
    expect(code).toBe(0);
    expect(stdout + stderr).not.toContain(words);
    for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      const kept = readFileSync(join(file.parentPath, file.name), 'latin1');
      expect([file.name, kept.includes(first.key)]).toEqual([file.name, false]);
      expect([file.name, kept.includes(words)]).toEqual([file.name, false]);
    }
    const second = await firstStart(folder);
    expect(second.stdout).not.toContain('Bearer vg_');
    const client = new OpenAI({ baseURL: `${second.address('gateway')}/v1`, apiKey: first.key });
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual(['demo']);
  });

  it('drains on SIGTERM to npm itself and exits 0', async () => {
    const npm = new Process('npm', ['start'], onFreePorts(temporaryFolder()));
    await npm.until(/^ready$/m);
    npm.child.kill('SIGTERM');
    const { code, stdout } = await npm.ended;
    expect(stdout).toContain('stopped');
    expect(code).toBe(0);
  });

  it('makes an owner with the printed link, once', async () => {
    const started = usual;
    const link = new URL(/^http\S+\/setup\?token=\S+$/m.exec(started.stdout)?.[0] ?? '');
    const overview = `${link.origin}/api/overview`;
    expect((await fetch(overview)).status).toBe(401);
    // The console, which asks for a name and a password; automation redeems the link by itself.
    expect(await (await fetch(link)).text()).toContain('<title>Vitalgate</title>');

    const redeem = () =>
      fetch(`${link.origin}/setup`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify({ token: link.searchParams.get('token') }),
      });
    const { adminToken } = (await (await redeem()).json()) as { adminToken: string };
    const seen = await fetch(overview, { headers: { authorization: `Bearer ${adminToken}` } });
    expect(await seen.json()).toMatchObject({
      status: 'pass',
      routes: [{ name: 'demo', status: 'pass' }],
    });
    expect((await redeem()).status).toBe(403);
  });

  it('says in one sentence that an address is in use', async () => {
    const { host } = new URL(usual.address('gateway'));
    const second = vitalgate(['start'], {
      ...onFreePorts(temporaryFolder()),
      VITALGATE_GATEWAY: host,
    });
    const { code, stderr } = await second.ended;
    expect(code).toBe(1);
    // Beside what its log says of the machine it runs on.
    expect(stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'))).toEqual([
      `listen.gateway ${host} is in use; stop the other program, or choose another port`,
    ]);
  });

  it('refuses a store that another process uses', async () => {
    const { code, stderr } = await vitalgate(['start'], onFreePorts(usualFolder)).ended;
    expect(code).toBe(1);
    expect(stderr).toContain('is in use by another Vitalgate');
  });
});

describe('the official SDKs against the default start', () => {
  it('OpenAI: text, stream and tools', async () => {
    const started = usual;
    const client = new OpenAI({ baseURL: `${started.address('gateway')}/v1`, apiKey: started.key });
    const messages = [{ role: 'user' as const, content: 'Hello there' }];
    const whole = await client.chat.completions.create({ model: 'demo', messages });
    expect(whole.choices[0]?.message.content).toContain('Hello there');
    expect(whole.usage?.prompt_tokens).toBeGreaterThan(0);

    let text = '';
    const stream = await client.chat.completions.create({ model: 'demo', messages, stream: true });
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toContain('Hello there');

    const called = await client.chat.completions.create({
      model: 'demo',
      messages: [{ role: 'user', content: 'weather in Lisbon' }],
      tool_choice: 'required',
      tools: [
        {
          type: 'function',
          function: {
            name: 'weather',
            parameters: {
              type: 'object',
              properties: { city: { type: 'string' } },
              required: ['city'],
            },
          },
        },
      ],
    });
    const call = called.choices[0]?.message.tool_calls?.[0];
    expect(call?.type === 'function' && JSON.parse(call.function.arguments)).toHaveProperty('city');

    const embeddings = await client.embeddings.create({ model: 'demo', input: ['a', 'b'] });
    expect(embeddings.data).toHaveLength(2);
  });

  it('Anthropic: text, stream and tools', async () => {
    const started = usual;
    const client = new Anthropic({ baseURL: started.address('gateway'), apiKey: started.key });
    const ask = {
      model: 'demo',
      max_tokens: 200,
      messages: [{ role: 'user' as const, content: 'Hello there' }],
    };
    const whole = await client.messages.create(ask);
    expect(whole.content[0]).toMatchObject({ type: 'text' });
    expect(whole.usage.input_tokens).toBeGreaterThan(0);

    const final = await client.messages.stream(ask).finalMessage();
    expect(final.stop_reason).toBe('end_turn');
    expect(final.content[0]).toMatchObject({ type: 'text' });

    const called = await client.messages.create({
      ...ask,
      tool_choice: { type: 'any' },
      tools: [
        {
          name: 'weather',
          input_schema: {
            type: 'object',
            properties: { city: { type: 'string' } },
            required: ['city'],
          },
        },
      ],
    });
    expect(called.content.find(({ type }) => type === 'tool_use')).toMatchObject({
      name: 'weather',
    });
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual(['demo']);
  });

  it('both: a wrong key is the SDK’s own authentication error', async () => {
    const started = usual;
    const url = started.address('gateway');
    const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'wrong' });
    await expect(openai.models.list()).rejects.toThrow(OpenAI.AuthenticationError);
    const anthropic = new Anthropic({ baseURL: url, apiKey: 'wrong' });
    await expect(anthropic.models.list()).rejects.toThrow(Anthropic.AuthenticationError);
    const known = new OpenAI({ baseURL: `${url}/v1`, apiKey: started.key });
    await expect(known.chat.completions.create({ model: 'nobody', messages: [] })).rejects.toThrow(
      OpenAI.NotFoundError,
    );
  });
});
