import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { beforeAll, describe, expect, it } from 'vitest';
import { KEY, temporaryFolder, writeConfig } from '../harness/gateway.ts';
import { type Process, vitalgate } from '../harness/process.ts';
import { tinyGguf } from '../harness/tiny-gguf.ts';
import { until } from '../harness/until.ts';

/** Where node-llama-cpp lives for the tests, from the first run on: 85 MB, from npm. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/vitalgate-test', import.meta.url));

const run = promisify(execFile);

interface Told {
  readonly status: string;
  readonly reasons?: readonly string[];
}

function tinyModel(): string {
  const file = join(temporaryFolder(), 'tiny.gguf');
  writeFileSync(file, tinyGguf());
  return file;
}

const add = (args: readonly string[], data = CACHE): Process =>
  vitalgate(['local', 'add', ...args], { VITALGATE_DATA: data });

describe('vitalgate local add, without node-llama-cpp', () => {
  it('says which command brings it', async () => {
    const folder = temporaryFolder();
    const { code, stdout, stderr } = await add([tinyModel()], folder).ended;
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain(
      `npm install --prefix ${join(folder, 'llama')} --ignore-scripts --omit=optional node-llama-cpp@`,
    );
  });

  it('tells a file that is no model from one that is', async () => {
    const file = join(temporaryFolder(), 'letter.gguf');
    writeFileSync(file, 'Dear model');
    const { code, stderr } = await add([file]).ended;
    expect(code).toBe(1);
    expect(stderr).toContain(`found ${file}: it does not begin with GGUF`);
  });
});

describe('a model in a file', () => {
  /** By the very command that people are told. */
  beforeAll(async () => {
    if (existsSync(join(CACHE, 'llama/node_modules/node-llama-cpp/package.json'))) return;
    const bin = fileURLToPath(new URL('../../packages/cli/src/bin.ts', import.meta.url));
    const file = join(CACHE, 'tiny.gguf');
    mkdirSync(CACHE, { recursive: true });
    writeFileSync(file, tinyGguf());
    const told = await run(
      process.execPath,
      ['--conditions=vitalgate-source', bin, 'local', 'add', file],
      { env: { ...process.env, VITALGATE_DATA: CACHE } },
    ).catch(({ stderr }: { stderr: string }) => ({ stderr }));
    const command = /npm install .*/.exec(told.stderr)?.[0] ?? told.stderr;
    await run('sh', ['-c', command]);
  }, 300_000);

  it('is tried, added to a configuration, and answers callers of every dialect', async () => {
    const config = writeConfig(
      temporaryFolder(),
      `keys: [{ name: client, secret: ${KEY} }] # a comment that stays`,
    );
    const size = ['--threads', '1', '--context', '512'];
    const args = [tinyModel(), '--config', config, '--name', 'tiny', ...size];
    const { code, stderr } = await add(args).ended;
    expect(stderr).toContain('tiny runs, and said: ');
    expect(code).toBe(0);
    expect(readFileSync(config, 'utf8')).toContain('# a comment that stays');

    const gateway = vitalgate(['start', '--config', config], { VITALGATE_DATA: CACHE });
    await gateway.until(/^ready$/m);
    const url = gateway.address('gateway');
    const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: KEY, maxRetries: 0 });
    const asked = {
      model: 'tiny',
      messages: [{ role: 'user' as const, content: 'Who keeps the light?' }],
      max_tokens: 12,
      temperature: 0,
    };
    const { data: whole, response } = await openai.chat.completions.create(asked).withResponse();
    expect(response.headers.get('x-vitalgate-target')).toBe('tiny/tiny');
    expect(whole.choices[0]?.message.content).not.toBe('');
    expect(whole.choices[0]?.finish_reason).toBe('length');
    expect(whole.usage?.completion_tokens).toBe(12);
    expect(whole.usage?.prompt_tokens).toBeGreaterThan(12);

    const streamed = await openai.chat.completions.stream(asked).finalChatCompletion();
    expect(streamed.choices[0]?.message.content).toBe(whole.choices[0]?.message.content);

    const schema = {
      type: 'object',
      properties: { masts: { type: 'integer' } },
      required: ['masts'],
    };
    const bound = await openai.chat.completions.create({
      ...asked,
      max_tokens: 200,
      response_format: { type: 'json_schema', json_schema: { name: 'ship', schema } },
    });
    expect(JSON.parse(bound.choices[0]?.message.content ?? '')).toEqual({
      masts: expect.any(Number) as unknown,
    });

    const anthropic = new Anthropic({ baseURL: url, apiKey: KEY, maxRetries: 0 });
    const message = await anthropic.messages
      .stream({ model: 'tiny', max_tokens: 12, temperature: 0, messages: asked.messages })
      .finalMessage();
    expect(message.stop_reason).toBe('max_tokens');
    expect(message.usage.output_tokens).toBe(12);

    const image_url = { url: 'data:image/png;base64,AAAA' };
    const seeing = openai.chat.completions.create({
      ...asked,
      messages: [{ role: 'user', content: [{ type: 'image_url', image_url }] }],
    });
    await expect(seeing).rejects.toThrow(/expected text, for this model reads nothing else/);

    // Its process dies, which is told, and is started again where it was.
    const { pid = 0 } = gateway.child;
    const [child = ''] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(' ');
    process.kill(Number(child), 'SIGKILL');
    const health = async () => (await (await fetch(`${url}/health`)).json()) as Told;
    const down = await until(
      health,
      ({ reasons }) => reasons?.includes('local_model_down') === true,
    );
    expect(down.status).toBe('unhealthy');
    await until(health, ({ reasons }) => reasons?.includes('local_model_down') !== true);
    const after = await openai.chat.completions.create(asked);
    expect(after.choices[0]?.message.content).toBe(whole.choices[0]?.message.content);
  });
});
