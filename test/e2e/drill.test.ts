import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeConfig } from '../harness/gateway.ts';
import { vitalgate } from '../harness/process.ts';

interface Score {
  readonly scenario: string;
  readonly dialect: string;
  readonly passed: boolean;
  readonly served: number;
  readonly told: number;
  readonly streamed: boolean;
}

async function drill(args: readonly string[]): Promise<{ code: number | null; scores: Score[] }> {
  const { code, stdout } = await vitalgate(['drill', '--json', ...args]).ended;
  return { code, scores: JSON.parse(stdout) as Score[] };
}

describe('vitalgate drill', () => {
  it('passes the default configuration in every scenario, for callers of every dialect', async () => {
    const { code, scores } = await drill([]);
    expect(scores.filter(({ passed }) => !passed)).toEqual([]);
    expect(new Set(scores.map(({ scenario }) => scenario)).size).toBe(29);
    expect(new Set(scores.map(({ dialect }) => dialect)).size).toBe(6);
    expect(scores).toHaveLength(29 * 6 * 2);
    expect(code).toBe(0);
  }, 300_000);

  it('runs the operator’s own models, and one provider alone is told of and never lied about', async () => {
    const config = writeConfig(
      temporaryFolder(),
      `providers: [{ name: alone, dialect: openai-chat, baseUrl: "https://api.example.com/v1", credentials: [{ name: a, value: real-secret-value }] }]
models: [{ name: mine, targets: [{ provider: alone, model: gpt }] }]
`,
    );
    const { code, scores } = await drill([
      '--config',
      config,
      '--only',
      '50',
      '--dialect',
      'openai-chat',
    ]);
    expect(scores.map(({ scenario, served, told }) => [scenario, served, told])).toEqual([
      ['500', 0, 5],
      ['500', 0, 5],
      ['503', 0, 5],
      ['503', 0, 5],
    ]);
    expect(code).toBe(0);
  });

  it('says when there is nothing to drill, or nobody to call', async () => {
    const stranger = await vitalgate(['drill', '--dialect', 'klingon']).ended;
    expect([stranger.code, stranger.stderr]).toEqual([
      2,
      expect.stringContaining('found --dialect klingon, expected some of openai-chat, '),
    ]);
    const { code, stderr } = await vitalgate(['drill', '--model', 'nobody']).ended;
    expect([code, stderr]).toEqual([
      2,
      'found no model to drill; see models in the configuration\n',
    ]);
  });
});
