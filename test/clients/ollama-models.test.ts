import { Ollama } from 'ollama';
import { describe, expect, it } from 'vitest';
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
      // The command line's way to ask whether there is a server, without a key.
      const heartbeat = await fetch(`${host}/`, { method: 'HEAD' });
      expect([heartbeat.status, await heartbeat.text()]).toEqual([200, '']);
      expect(await (await fetch(`${host}/`)).text()).toBe('Vitalgate is running\n');
      expect((await fetch(`${host}/`, { method: 'POST', headers, body: '{}' })).status).toBe(404);
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
