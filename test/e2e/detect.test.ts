import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { temporaryFolder } from '../harness/gateway.ts';
import { vitalgate } from '../harness/process.ts';

/** A server that answers these paths, as the real ones do, and 404 else. */
async function serving(answers: Readonly<Record<string, unknown>>): Promise<string> {
  const server = createServer(({ url = '' }, response) => {
    const answer = answers[url];
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? { error: 'not found' }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const models = (owned_by: string, ...ids: string[]) => ({
  object: 'list',
  data: ids.map((id) => ({ id, object: 'model', owned_by })),
});

describe('vitalgate detect', () => {
  it('finds each kind of server, and prints a configuration that holds', async () => {
    const urls = await Promise.all([
      serving({
        '/api/version': { version: '0.12.3' },
        '/api/tags': { models: [{ name: 'llama3.2:latest' }, { name: 'qwen3:8b' }] },
      }),
      serving({ '/v1/models': models('llamacpp', 'qwen3:8b') }),
      serving({ '/v1/models': models('vllm', 'meta-llama/Llama-3.1-8B') }),
      serving({
        '/v1/models': models('organization_owner', 'gemma-3'),
        '/api/v0/models': { data: [{ id: 'gemma-3', state: 'loaded' }] },
      }),
      // A gateway is no server of models.
      serving({ '/v1/models': models('vitalgate', 'demo') }),
    ]);
    const { code, stdout } = await vitalgate(['detect', ...urls]).ended;
    expect(code).toBe(0);
    expect(parse(stdout)).toEqual({
      version: 1,
      providers: [
        { name: 'ollama', dialect: 'ollama', baseUrl: urls[0], private: true },
        ...['llama-cpp', 'vllm', 'lm-studio'].map((name, i) => ({
          name,
          dialect: 'openai-chat',
          baseUrl: `${urls[i + 1]}/v1`,
          private: true,
        })),
      ],
      models: [
        ['llama3.2:latest', 'ollama', 'llama3.2:latest'],
        ['qwen3:8b', 'ollama', 'qwen3:8b'],
        ['qwen3:8b@llama-cpp', 'llama-cpp', 'qwen3:8b'],
        ['meta-llama-Llama-3.1-8B', 'vllm', 'meta-llama/Llama-3.1-8B'],
        ['gemma-3', 'lm-studio', 'gemma-3'],
      ].map(([name, provider, model]) => ({ name, targets: [{ provider, model }] })),
    });
    const file = join(temporaryFolder(), 'vitalgate.yaml');
    writeFileSync(file, stdout);
    expect((await vitalgate(['check-config', file]).ended).code).toBe(0);
  });

  it('says so when there is none, and exits 1', async () => {
    const url = await serving({});
    const { code, stdout } = await vitalgate(['detect', url]).ended;
    expect(code).toBe(1);
    expect(stdout).toBe(`found no model server at ${url}\n`);
  });
});
