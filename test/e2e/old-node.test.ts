import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../harness/gateway.ts';
import { onFreePorts, vitalgate } from '../harness/process.ts';

/** This Node, taken for another. */
const taken = (version: string): string[] => [
  '--import',
  `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'${version}'}})`,
];

describe('MR2: a Node that nobody mends', () => {
  it('is refused in one sentence, before anything is made', async () => {
    const { code, stderr } = await vitalgate(['start'], onFreePorts(temporaryFolder()), [
      ...taken('25.9.0'),
    ]).ended;
    expect([code, stderr]).toEqual([
      2,
      'Node 25.9.0 is past its end of life (2026-06-01): what is found in it is not mended any more; take a newer one, or add --i-know\n',
    ]);
  });

  it('starts with --i-know, and is named each time', async () => {
    const started = vitalgate(['start', '--i-know'], onFreePorts(temporaryFolder()), [
      ...taken('25.9.0'),
    ]);
    await started.until(/^ready$/m);
    expect(started.stderr).toMatch(/^Node 25\.9\.0 is past its end of life/);
    started.child.kill('SIGTERM');
    expect((await started.ended).code).toBe(0);
  });

  it('is refused whatever is said where it cannot even load what we are made of', async () => {
    const { code, stderr } = await vitalgate(['start', '--i-know'], {}, [...taken('22.12.0')])
      .ended;
    expect([code, stderr]).toEqual([1, expect.stringContaining('needs Node 24.15 or newer')]);
  });
});
