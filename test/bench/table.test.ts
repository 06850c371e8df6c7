import { expect, it } from 'vitest';
import type { Results, Taken } from '../../bench/results.ts';
import { markdownTable, terminalTable } from '../../bench/table.ts';

function taken(contender: string, scenario: string, rounds: readonly object[]): Taken[] {
  return rounds.map((figures, index) => ({
    contender,
    scenario,
    round: index + 1,
    figures: { ...figures },
  }));
}

const results: Results = {
  takenAt: '2026-01-01T00:00:00.000Z',
  machine: { cores: 2 },
  rounds: 3,
  quick: false,
  versions: { direct: 'no gateway', vitalgate: '0.1.0', portkey: '1.15.2' },
  missing: { nginx: 'apt-get install nginx' },
  findings: [
    ...taken('vitalgate', 'json', [{ cpuMicros: 60 }, { cpuMicros: 900 }, { cpuMicros: 50 }]),
    ...taken('portkey', 'json', [{ cpuMicros: 720 }, { cpuMicros: 720 }, { cpuMicros: 1 }]),
    ...taken('direct', 'latency', [{ p99Ms: 0.2 }]),
    ...taken('vitalgate', 'latency', [{ p99Ms: 0.7 }]),
    ...taken('vitalgate', 'streams', [{ p99Ms: 6 }]),
    {
      contender: 'portkey',
      scenario: 'streams',
      round: 1,
      figures: {},
      trouble: 'all\nof it failed',
    },
  ],
};

const cells = (line: string | undefined): string[] =>
  (line ?? '')
    .split('|')
    .map((cell) => cell.trim())
    .slice(1, -1);
const lines = markdownTable(results).split('\n');

it('shows medians, their ratio, and whether the aim is met', () => {
  const line = lines.find((text) => text.includes('µs/request'));
  expect(cells(line)).toEqual([
    'CPU, µs/request',
    '–',
    '60.0',
    '720.0',
    '–',
    '12.0',
    '≤ 6 × nginx, ≤ 1/8 of Portkey ✓, ≤ 1.15 × before, all controls ≤ 1.6 × ours, 200 targets ≤ 1.1 × ours',
  ]);
});

it('shows what a gateway adds to the time that the direct way takes', () => {
  const line = lines.find((text) => text.startsWith('| p99') || text.includes('  p99'));
  expect(cells(line).slice(0, 3)).toEqual(['p99, ms', '0.20', '0.70 (+0.50)']);
});

it('says so when an aim is missed', () => {
  expect(lines.find((text) => text.includes('delay p99'))).toContain('≤ 5 ✗');
});

it('names what is left out and what failed', () => {
  const text = terminalTable(results);
  expect(text).toContain('nginx is left out; to bring it: apt-get install nginx');
  expect(text).toContain('not to be trusted: portkey, streams, round 1: all');
});
