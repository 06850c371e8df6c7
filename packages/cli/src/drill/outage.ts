import { writeFile } from 'node:fs/promises';
import type { Config } from '@vitalgate/contract';
import { systemClock } from '@vitalgate/health';
import { progress } from '../progress.ts';
import { callOnce } from './caller.ts';
import { plot, type Second } from './plot.ts';
import { startRig } from './rig.ts';

const CALLS_PER_SECOND = 50;
const BEFORE_S = 5;
const AFTER_S = 20;

/** What a good outage looks like to callers. */
const AIMS = { servedShare: 0.999, detectionS: 2, recoveryS: 15 } as const;

/**
 * Takes the first provider of a model down for so many seconds under steady traffic and writes what
 * callers saw as a picture. True when callers were served, the dead provider was found and left
 * alone soon, and was back soon after it was well.
 */
export async function outage(
  config: Config,
  model: string,
  seconds: number,
  file: string,
): Promise<boolean> {
  const rig = await startRig(config, [{ model }]);
  const [stand] = rig.stands;
  const provider = config.models.find(({ name }) => name === model)?.targets[0]?.provider ?? '';
  const simulator = stand?.simulators.get(provider);
  const lengthS = BEFORE_S + seconds + AFTER_S;
  const bins: Second[] = Array.from({ length: lengthS }, () => ({
    first: 0,
    others: 0,
    failed: 0,
    attemptsOnDead: 0,
  }));
  const calls: Promise<void>[] = [];
  const startedAt = systemClock.now();
  const second = () => Math.min(lengthS - 1, Math.floor((systemClock.now() - startedAt) / 1000));

  const call = async (): Promise<void> => {
    const bin = bins[second()];
    const { verdict, target } = await callOnce(
      rig.url,
      'openai-chat',
      stand?.model ?? '',
      calls.length % 2 === 0,
    );
    if (bin === undefined) return;
    if (verdict !== 'served') bin.failed += 1;
    else if (target.startsWith(`${stand?.nameOf(provider)}/`)) bin.first += 1;
    else bin.others += 1;
  };
  const at = (s: number, act: () => void) => systemClock.after(s * 1000, act);
  at(BEFORE_S, () => void simulator?.set({ status: 503 }));
  at(BEFORE_S + seconds, () => void simulator?.clear());

  await new Promise<void>((resolve) => {
    // This timer keeps the process alive; the clock's own do not.
    const timer = setInterval(() => {
      const due = Math.floor(((systemClock.now() - startedAt) / 1000) * CALLS_PER_SECOND);
      while (calls.length < Math.min(due, lengthS * CALLS_PER_SECOND)) calls.push(call());
      progress(`${second() + 1}/${lengthS} s, ${calls.length} calls`);
      if (calls.length < lengthS * CALLS_PER_SECOND) return;
      clearInterval(timer);
      resolve();
    }, 20);
  });
  await Promise.all(calls);
  progress('');

  const during = bins.slice(BEFORE_S, BEFORE_S + seconds);
  const attempts = (simulator?.journal ?? []).filter(
    ({ method, ending }) => method === 'POST' && ending?.status === 503,
  ).length;
  await rig.close();

  const total = calls.length;
  const failed = bins.reduce((sum, bin) => sum + bin.failed, 0);
  const served = (total - failed) / total;
  const mendedAt = BEFORE_S + seconds;
  const secondsUntil = (share: number): number => {
    const i = bins.findIndex((bin, at) => at >= mendedAt && bin.first > CALLS_PER_SECOND * share);
    return i === -1 ? Number.POSITIVE_INFINITY : i - mendedAt;
  };
  const recoveryS = secondsUntil(0);
  const detectionS = during.findIndex(({ others }) => others >= CALLS_PER_SECOND * 0.9);
  const passed =
    served >= AIMS.servedShare && detectionS <= AIMS.detectionS && recoveryS <= AIMS.recoveryS;

  await writeFile(
    file,
    plot(bins, {
      brokenFrom: BEFORE_S,
      brokenUntil: BEFORE_S + seconds,
      provider,
      perSecond: CALLS_PER_SECOND,
    }),
  );
  process.stdout.write(
    `${passed ? 'pass' : 'FAIL'}: ${provider} was down for ${seconds} s of ${lengthS} s at ${CALLS_PER_SECOND} calls/s\n` +
      `served            ${(served * 100).toFixed(2)} % of ${total} calls\n` +
      `attempts on dead  ${attempts}\n` +
      `all elsewhere in  ${detectionS} s\n` +
      `serving again in  ${recoveryS} s\n` +
      `all back in       ${secondsUntil(0.9)} s\n` +
      `picture           ${file}\n`,
  );
  return passed;
}
