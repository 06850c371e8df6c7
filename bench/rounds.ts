import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMeasuredBy, type Contender, type Started } from './contenders/contender.ts';
import type { Cores } from './cores.ts';
import { BenchError } from './errors.ts';
import { Running } from './processes.ts';
import type { Taken } from './results.ts';
import type { Finding, Scenario } from './scenarios.ts';

export interface Plan {
  readonly contenders: readonly Contender[];
  readonly scenarios: readonly Scenario[];
  readonly rounds: number;
  readonly quick: boolean;
  readonly cores: Cores | undefined;
  readonly profiles: string | undefined;
  /** A folder for what the contenders write. */
  readonly scratch: string;
  /** Hears what is being measured, and each finding. */
  progress(step: string): void;
}

/**
 * Contender after contender within each scenario, scenario after scenario within each round: what
 * is compared is measured within the same minute, and a slow minute harms all alike.
 */
export async function runRounds(plan: Plan): Promise<Taken[]> {
  const taken: Taken[] = [];
  for (let round = 1; round <= plan.rounds; round++) {
    for (const scenario of plan.scenarios) {
      for (const contender of plan.contenders) {
        if (!isMeasuredBy(contender, scenario.subject)) continue;
        const step = `round ${round}/${plan.rounds} · ${scenario.title} · ${contender.name}`;
        plan.progress(step);
        const finding = await measureOnce(plan, scenario, contender);
        if (finding.trouble !== undefined) plan.progress(`${step}: ${finding.trouble}`);
        taken.push({ contender: contender.name, scenario: scenario.name, round, ...finding });
      }
    }
  }
  return taken;
}

/**
 * All contenders run at once and are looked at for half a second each, over and over: on a machine
 * that others use, too, each is as often lucky as the others.
 */
export async function takeTurns(plan: Plan): Promise<Taken[]> {
  const taken: Taken[] = [];
  for (const scenario of plan.scenarios) {
    const { name, title } = scenario;
    const glance = scenario.glance?.bind(scenario);
    if (glance === undefined) continue;
    const fitting = plan.contenders.filter((one) => isMeasuredBy(one, scenario.subject));
    await withTargets(plan, scenario, fitting, async (targets) => {
      for (const [contender, target] of targets) {
        plan.progress(`${title} · ${contender.name} · warming up`);
        await scenario.measure(target, plan.cores?.loader, plan.quick);
      }
      for (let round = 1; round <= plan.rounds; round++) {
        plan.progress(`turn ${round}/${plan.rounds} · ${title}`);
        for (const [contender, target] of targets) {
          const finding = await glance(target, plan.cores?.loader);
          taken.push({ contender: contender.name, scenario: name, round, ...finding });
        }
      }
    });
  }
  return taken;
}

/** With a fresh upstream and a fresh gateway, so that nothing is carried over. */
async function measureOnce(plan: Plan, scenario: Scenario, contender: Contender): Promise<Finding> {
  try {
    return await withTargets(plan, scenario, [contender], ([[, target]]) =>
      scenario.measure(target, plan.cores?.loader, plan.quick),
    );
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
    return { figures: {}, trouble: error.message };
  }
}

type Targets = readonly [
  readonly [Contender, Started],
  ...(readonly (readonly [Contender, Started])[]),
];

async function withTargets<Found>(
  plan: Plan,
  { chunkIntervalMs }: Scenario,
  contenders: readonly Contender[],
  act: (targets: Targets) => Promise<Found>,
): Promise<Found> {
  const scratch = await mkdtemp(join(plan.scratch, 'contender-'));
  const upstream = new Running(plan.cores?.upstream, process.execPath, [
    fileURLToPath(new URL('upstream.ts', import.meta.url)),
    String(chunkIntervalMs),
  ]);
  const targets: (readonly [Contender, Started])[] = [];
  try {
    const [, upstreamPort] = await upstream.says(/^port (\d+)$/m, 10_000);
    for (const contender of contenders) {
      const target = await contender.start({
        upstreamPort: Number(upstreamPort),
        scratch: await mkdtemp(join(scratch, 'of-')),
        core: plan.cores?.gateway,
        profiles: plan.profiles,
      });
      targets.push([contender, target]);
    }
    return await act(targets as unknown as Targets);
  } finally {
    for (const [, { process: running }] of targets) await running?.stop();
    upstream.kill();
    await rm(scratch, { recursive: true, force: true });
  }
}
