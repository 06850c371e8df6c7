import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createClient } from '@vitalgate/contract/api/client';
import { expect, it } from 'vitest';
import { chatConfig, post, testGateway } from '../harness/gateway.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';
import { until } from '../harness/until.ts';

const TOKEN = 'an-admin-token-of-32-characters-or-more';
const CARD = '4111 1111 1111 1111';

it('G15: what a guardrail takes out is in nothing that comes after it', async () => {
  const upstream = await Upstream.start('only', answerWell);
  const gateway = await testGateway({
    config: chatConfig(
      'openai-chat',
      [upstream],
      `guardrails: [{ name: no-cards, on: request, detect: card, action: redact }]
capture: { redact: [], keep: 1d }
`,
    ).replace('targets:', 'cache: { ttl: 1h }\n    targets:'),
    environment: { VITALGATE_ADMIN_TOKEN: TOKEN },
  });
  const ask = async (card: string) => {
    const messages = [{ role: 'user', content: `pay with ${card}` }];
    const answer = await post(gateway.url, '/v1/chat/completions', { model: 'chat', messages });
    await answer.text();
    expect(answer.status).toBe(200);
    return answer.headers;
  };
  const headers = await ask(CARD);
  // The question is known by what is left of it: another card is the same question.
  await until(
    () => ask('5500-0000-0000-0004'),
    (again) => (again.get('x-vitalgate-cache') ?? '').includes('hit'),
  );
  const sent = upstream.received.map(({ body }) => body.toString()).join('\n');
  expect(sent).toContain('pay with [CARD]');
  expect(sent).not.toMatch(/4111|5500-/);

  const owner = createClient({ baseUrl: gateway.addresses.admin, token: TOKEN });
  const id = headers.get('x-request-id') ?? '';
  const captured = await until(
    () => owner.call('GET /api/requests/{id}/capture', { params: { id } }).catch(() => undefined),
    (one) => one !== undefined,
  );
  expect(JSON.stringify(captured)).toContain('pay with [CARD]');
  await gateway.stop();

  const folder = dirname(gateway.databasePath);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) =>
    one.isFile(),
  );
  const kept = files.map((one) => readFileSync(join(one.parentPath, one.name)).toString('latin1'));
  expect(kept.join('\n')).toContain('pay with [CARD]');
  for (const text of [...kept, gateway.logged.join('\n')]) {
    expect(text).not.toContain(CARD);
    expect(text).not.toContain('5500-0000-0000-0004');
  }
});
