import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { constants, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StartFailure, type Config } from '@vitalgate/contract';
import type { DrillRunner } from '@vitalgate/gateway';
import type { CallerDialect } from './caller.ts';
import type { DrillNews, DrillOrder } from './messages.ts';
import type { Drillable } from './rig.ts';
import { scenarios, type Scenario } from './scenarios.ts';

/** Callers of every dialect are drilled on the command line; here somebody is waiting. */
export const dialectsOfConsole: readonly CallerDialect[] = ['openai-chat'];
/** Real calls have the machine first. */
export const PLAYS_AT_ONCE = 3;

/** Runs drills for the admin API, each in a process of its own that yields to real calls. */
export const drillRunner: DrillRunner = {
  scenarios: scenarios.map((one) => ({
    name: one.name,
    title: one.name,
    description: describe(one),
  })),
  // Streamed and whole.
  playsOf: ({ models }) => models.length * dialectsOfConsole.length * 2,
  async run(config, names, { signal, onStart, onScore }) {
    // Killed in the middle, it leaves its databases here.
    const folder = await mkdtemp(join(tmpdir(), 'vitalgate-drills-'));
    const child = fork(fileURLToPath(childModule()), {
      env: { TMPDIR: folder },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const end = () => child.kill('SIGKILL');
    signal.addEventListener('abort', end, { once: true });
    try {
      yieldTo(child);
      const exited = once(child, 'exit');
      const order: DrillOrder = { config: drillable(config), scenarios: names };
      const done = new Promise<void>((resolve, reject) => {
        child.on('message', (news: DrillNews) => {
          if (news.type === 'started') onStart(news.scenario);
          else if (news.type === 'scored') onScore(news.score);
          else if (news.type === 'done') resolve();
          else reject(new StartFailure('drill_failed', news.message));
        });
        child.on('error', reject);
        void exited.then(([code]: unknown[]) => {
          if (signal.aborted) resolve();
          else {
            const what = `its process ended with code ${String(code)}`;
            reject(new StartFailure('drill_failed', what));
          }
        });
      });
      child.send(order);
      await done;
      end();
      await exited;
    } finally {
      signal.removeEventListener('abort', end);
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** From source it ends in `.ts`, built in `.js`. */
const childModule = () =>
  new URL(import.meta.url.endsWith('.ts') ? './child.ts' : './child.js', import.meta.url);

function yieldTo({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // Not everywhere allowed; it is a courtesy.
  }
}

/** Names and numbers: no credential leaves this process. */
const drillable = ({ health, providers, models }: Config): Drillable => ({
  health: {
    fall: health.fall,
    rest: health.rest,
    maxRest: health.maxRest,
    probeInterval: health.probeInterval,
  },
  providers: providers.map(({ name, dialect, credentials }) => ({
    name,
    dialect,
    credentials: credentials.map((one) => ({ name: one.name })),
  })),
  models: models.map(({ name, routing, critical, targets, timeouts }) => ({
    name,
    routing,
    critical,
    targets,
    timeouts,
  })),
});

function describe({ expected, isEverywhere }: Scenario): string {
  if (isEverywhere === true) return 'All providers of a model break; callers are told.';
  return expected === 'unseen'
    ? 'The first provider of a model breaks before anything is promised; another one serves.'
    : 'The first provider of a model breaks in the middle of an answer; callers are told.';
}
