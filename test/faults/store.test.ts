import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { chatConfig, ledgerOf, post, testGateway } from '../harness/gateway.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

describe('a store that is busy', () => {
  it('costs no call and no row', async () => {
    const upstream = await Upstream.start('only', answerWell);
    const gateway = await testGateway({ config: chatConfig('openai-chat', [upstream]) });
    const other = new DatabaseSync(gateway.databasePath);
    other.exec('BEGIN IMMEDIATE');
    for (let i = 0; i < 20; i += 1) {
      const answer = await post(gateway.url, '/v1/chat/completions', { model: 'chat' });
      expect(answer.status).toBe(200);
      await answer.text();
    }
    expect(ledgerOf(gateway.databasePath)).toHaveLength(0);
    other.exec('ROLLBACK');
    other.close();
    await gateway.stop();
    expect(ledgerOf(gateway.databasePath)).toHaveLength(20);
  });
});
