import { describe, expect, it } from 'vitest';
import { Silence, type Waiting } from './silence.ts';

const MINUTE = 60_000;

/** An attempt that is late, and what came of asking. */
function late(silence: Silence, startedAt: number, isTrial = false) {
  const { promise: settled, resolve: settle } = Promise.withResolvers<void>();
  const waiting: Waiting = { startedAt, settled };
  return { waiting, settle, told: silence.isSilentFor(waiting, isTrial) };
}

describe('a target', () => {
  it('is late after three times its slowest answer lately, and a second', () => {
    const silence = new Silence();
    expect(silence.patienceMs(true, MINUTE)).toBe(MINUTE / 2);
    silence.answered(100, true);
    silence.answered(8000, false);
    expect(silence.patienceMs(true, MINUTE)).toBe(1000);
    expect(silence.patienceMs(false, MINUTE)).toBe(24_000);
    for (let i = 0; i < 500; i += 1) silence.answered(500, false);
    expect(silence.patienceMs(false, MINUTE)).toBe(1500);
  });

  it('is doubted by one of three that wait while nothing is heard, and silent once that is outrun', async () => {
    const silence = new Silence();
    silence.heard(100);
    const heardSince = late(silence, 50);
    const [scout, ...others] = [200, 300, 400].map((at) => late(silence, at));
    expect(await scout?.told).toBe(true);
    if (scout !== undefined) silence.outrun(scout.waiting, 2500);
    const all = [heardSince, ...others].map(({ told }) => told);
    expect(await Promise.all(all)).toEqual([true, true, true]);
    // To all after them as well, until something is heard.
    expect(await late(silence, 500).told).toBe(true);
    silence.heard(3000);
    const later = late(silence, 3100);
    later.settle();
    expect(await later.told).toBe(false);
  });

  it('was only slow where its scout is answered by it', async () => {
    const silence = new Silence();
    const [scout, ...others] = [1, 2, 3].map((at) => late(silence, at));
    expect(await scout?.told).toBe(true);
    silence.heard(4000);
    if (scout !== undefined) silence.withdrawn(scout.waiting);
    for (const { settle } of others) settle();
    expect(await Promise.all(others.map(({ told }) => told))).toEqual([false, false]);
  });

  it('is doubted by the next where nobody else could answer the scout', async () => {
    const silence = new Silence();
    const [scout, next] = [1, 2, 3, 4].map((at) => late(silence, at));
    expect(await scout?.told).toBe(true);
    if (scout !== undefined) silence.withdrawn(scout.waiting);
    expect(await next?.told).toBe(true);
  });

  it('is not doubted once it was heard again, nor while too few wait', async () => {
    const silence = new Silence();
    const [one, two] = [late(silence, 1), late(silence, 2)];
    one.settle();
    expect(await one.told).toBe(false);
    silence.heard(2200);
    const rest = [two, late(silence, 3), late(silence, 4)];
    for (const { settle } of rest) settle();
    expect(await Promise.all(rest.map(({ told }) => told))).toEqual([false, false, false]);
  });

  it('is silent to its trial alone', async () => {
    expect(await late(new Silence(), 1, true).told).toBe(true);
  });
});
