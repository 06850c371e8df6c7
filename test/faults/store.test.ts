import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, vi } from 'vitest';
import { untilFree } from '../../packages/gateway/src/store/until-free.ts';
import { chatConfig, ledgerOf, post, testGateway, type TestGateway } from '../harness/gateway.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

const isLogged = (gateway: TestGateway, words: string) =>
  vi.waitFor(() => expect(gateway.logged.join('')).toContain(words), 30_000);

describe('a store that is busy', () => {
  it('costs no call and no row, and is told', async () => {
    const upstream = await Upstream.start('only', answerWell);
    const gateway = await testGateway({ config: chatConfig('openai-chat', [upstream]) });
    const other = new DatabaseSync(gateway.databasePath);
    await untilFree(() => other.exec('BEGIN IMMEDIATE'), 30_000);
    for (let i = 0; i < 20; i += 1) {
      const answer = await post(gateway.url, '/v1/chat/completions', { model: 'chat' });
      expect(answer.status).toBe(200);
      await answer.text();
    }
    expect(ledgerOf(gateway.databasePath)).toHaveLength(0);
    await isLogged(gateway, 'the store takes no ledger rows');
    other.exec('ROLLBACK');
    other.close();
    await isLogged(gateway, 'the store takes ledger rows again');
    await gateway.stop();
    expect(ledgerOf(gateway.databasePath)).toHaveLength(20);
  });
});
