import { Ollama } from 'ollama';
import { startSimulator } from '@vitalgate/simulator';
import { describe, expect, it, onTestFinished } from 'vitest';
import { KEY, testGateway } from '../harness/gateway.ts';

describe('what Ollama’s own clients ask before they ask a model', () => {
  it('is answered with what the key may use', async () => {
    const gateway = await testGateway({
      config: `providers: [{ name: toy, dialect: simulator }]
models:
  - { name: chat, targets: [{ provider: toy, model: demo }] }
  - { name: other, targets: [{ provider: toy, model: demo }] }
keys: [{ name: client, secret: ${KEY}, models: [chat] }]
`,
    });
    const headers = { authorization: `Bearer ${KEY}` };
    for (const host of [gateway.url, `${gateway.url}/ollama`]) {
      const client = new Ollama({ host, headers });
      expect((await client.version()).version).toMatch(/^\d+\.\d+\.\d+$/);
      expect((await client.list()).models.map(({ name }) => name)).toEqual(['chat']);
      expect((await client.ps()).models).toEqual([]);
      const shown = await client.show({ model: 'chat' });
      expect(shown.capabilities).toEqual(['completion', 'tools', 'vision']);
      await expect(client.show({ model: 'other' })).rejects.toThrow(/no model of this name/);
      await expect(client.show({ model: '' })).rejects.toThrow(/no model of this name/);
    }
    await expect(new Ollama({ host: gateway.url }).version()).rejects.toThrow(/key/);
    const bare = await fetch(`${gateway.url}/api/show`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: '{}',
    });
    expect([bare.status, await bare.json()]).toEqual([
      400,
      { error: expect.stringContaining('found no "model"'), code: 'invalid_request' },
    ]);
  });
});

describe('a bare prompt', () => {
  it('reaches providers of other dialects, whole and streamed', async () => {
    const simulator = await startSimulator({ seed: 7 });
    onTestFinished(() => simulator.close());
    const names = ['gemini', 'anthropic', 'openai-responses'];
    const gateway = await testGateway({
      config: `providers:
${names.map((name) => `  - { name: ${name}, dialect: ${name}, baseUrl: "${simulator.url}", private: true, credentials: [{ name: a, value: sk-toy }] }`).join('\n')}
models:
${names.map((name) => `  - { name: ${name}, targets: [{ provider: ${name}, model: sim }] }`).join('\n')}
keys: [{ name: client, secret: ${KEY} }]
`,
    });
    const client = new Ollama({ host: gateway.url, headers: { authorization: `Bearer ${KEY}` } });
    for (const model of names) {
      const prompt = 'Tell me of the sea.';
      const whole = await client.generate({ model, prompt, system: 'Be brief.' });
      expect(whole.response?.length).toBeGreaterThan(10);
      expect([whole.done_reason, whole.eval_count]).toEqual(['stop', expect.any(Number)]);
      const pieces = [];
      for await (const { response } of await client.generate({ model, prompt, stream: true })) {
        pieces.push(response);
      }
      expect(pieces.length).toBeGreaterThan(3);
      await expect(client.generate({ model, prompt, suffix: '}' })).rejects.toThrow(/suffix/);
    }
  });
});
