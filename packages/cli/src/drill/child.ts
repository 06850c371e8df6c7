/** The process of a drill: whatever is broken on purpose is broken here, and not beside real calls. */
import { once } from 'node:events';
import type { DrillNews, DrillOrder } from './messages.ts';
import { dialectsOfConsole, PLAYS_AT_ONCE } from './runner.ts';
import { playAll, playsOf } from './plays.ts';
import { scenarios } from './scenarios.ts';

const tell = (news: DrillNews) => process.send?.(news);

// Without whoever ordered it, it has no purpose.
process.on('disconnect', () => process.exit(0));

const [order] = (await once(process, 'message')) as [DrillOrder];
try {
  const chosen = scenarios.filter(({ name }) => order.scenarios.includes(name));
  const { models } = order.config;
  const plays = playsOf({ scenarios: chosen, models, dialects: dialectsOfConsole });
  await playAll(order.config, plays, PLAYS_AT_ONCE, {
    onStart: ({ scenario }) => tell({ type: 'started', scenario: scenario.name }),
    onScore: (score) => tell({ type: 'scored', score }),
  });
  tell({ type: 'done' });
} catch (error) {
  tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
}
