import { beforeAll, describe, expect, it } from 'vitest';
import {
  chatConfig,
  KEY,
  ledgerOf,
  post,
  sharedGateway,
  type TestGateway,
} from '../harness/gateway.ts';
import { vitalgate } from '../harness/process.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';
import { until } from '../harness/until.ts';

const OTHER = 'another-key-of-a-client';
/** A call of seven tokens read, two of them cached, and five written. */
const CALL = '0.000057000';

let gateway: TestGateway;

beforeAll(async () => {
  const upstream = await Upstream.shared('only', answerWell);
  const config = `${chatConfig('openai-chat', [upstream]).replace(
    'model: upstream-model }',
    'model: upstream-model, price: { input: 1, output: 10 } }',
  )}  - { name: other, secret: ${OTHER}, team: red }
teams: [{ name: red }]`;
  gateway = await sharedGateway({ config });
  const ask = (model: string, secret: string) =>
    post(gateway.url, '/v1/chat/completions', { model }, { authorization: `Bearer ${secret}` });
  for (const [model, secret] of [
    ['chat', KEY],
    ['chat', OTHER],
    ['chat', OTHER],
    ['only/=unpriced"', OTHER],
    ['nothing', KEY],
  ] as const) {
    await (await ask(model, secret)).text();
  }
  // What is exported is what the store has; the command reads it beside a running gateway.
  await until(
    () => ledgerOf(gateway.databasePath),
    ({ length }) => length >= 5,
  );
  return async () => {
    await gateway.stop();
    await upstream.close();
  };
});

async function exported(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await vitalgate([
    'export',
    'ledger',
    '--config',
    gateway.configFile,
    ...args,
  ]).ended;
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}

describe('vitalgate export ledger', () => {
  it('writes every request as CSV, which no spreadsheet takes for formulas', async () => {
    const [head = '', ...rows] = (await exported()).trimEnd().split('\r\n');
    expect(head.split(',')).toEqual(expect.arrayContaining(['id', 'key', 'team', 'cost']));
    expect(rows).toHaveLength(5);
    expect(rows[1]).toContain(`,other,red,chat,only,upstream-model,openai-chat,chat,false,200,`);
    expect(rows[1]).toContain(`,${CALL},USD,config,false,`);
    expect(rows[3]).toContain(`"only/=unpriced"""`);
    expect(rows[3]).toContain(`"'=unpriced"""`);
    expect(rows[4]).toContain('refused,model_not_found');
  });

  it('writes them as JSON, filtered', async () => {
    const rows = JSON.parse(
      await exported('--json', '--team', 'red', '--model', 'chat'),
    ) as object[];
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({ key: 'other', cost: CALL, input_tokens: 7, streamed: false });
    const today = new Date().toISOString().slice(0, 10);
    expect(JSON.parse(await exported('--json', '--until', today))).toEqual([]);
  });

  it('sums up what keys, teams, models and days have cost, and says what has no price', async () => {
    const sums = JSON.parse(await exported('--json', '--by', 'day,key,team')) as object[];
    const day = new Date().toISOString().slice(0, 10);
    expect(sums).toHaveLength(2);
    expect(sums).toContainEqual({
      day,
      key: 'other',
      team: 'red',
      requests: 3,
      input_tokens: 21,
      cached_tokens: 6,
      output_tokens: 15,
      cost: '0.000114000',
      currency: 'USD',
      unpriced_requests: 1,
      estimated_requests: 0,
    });
    const csv = await exported('--by', 'model', '--key', 'client');
    expect(csv.split('\r\n')[0]).toMatch(/^model,requests,input_tokens,/);
  });

  it('says what it expects', async () => {
    const args = ['export', 'ledger', '--config', gateway.configFile];
    for (const [flag, value] of [
      ['--by', 'colour'],
      ['--since', 'yesterday'],
    ] as const) {
      const { code, stderr } = await vitalgate([...args, flag, value]).ended;
      expect(code).toBe(2);
      expect(stderr).toContain(value);
    }
  });
});
