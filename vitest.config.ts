import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './tools/longest-first.ts';

/** Hundreds of programs are started: each spends half of its start on compiling the same sources. */
const env = {
  NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/compiled', import.meta.url)),
};

const resolve = { conditions: ['vitalgate-source', 'node', 'default'] };

/** Tests wait for programs and sockets for half of their time: two on one core are not too many. */
const maxWorkers = Math.max(2, availableParallelism() - 1);

/** What comes of itself is waited for: a second, which is vitest's own patience, a busy machine may take. */
const patience = { poll: { timeout: 20_000 } };

/** Real processes, sockets and timeouts: slower than units, never sleeping. */
const house = {
  env,
  expect: patience,
  globalSetup: ['test/harness/shared-postgres.ts'],
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // Tests of memory collect garbage before they look.
  execArgv: ['--expose-gc'],
};

/**
 * These measure time, processors or memory, which a neighbour would take a part of, run at the lowest
 * priority, or build anew what others use.
 */
const alone = [
  'test/admin/{history,queries}.test.ts',
  'test/apis/large.test.ts',
  'test/conformance/long-streams.test.ts',
  'test/e2e/{drill-api,health,key-timing,package}.test.ts',
  'test/edge/hundredfold.test.ts',
  'test/faults/{http2-frames,kill-captures,names,outages,store-outage}.test.ts',
  'test/formats/large-table.test.ts',
  'test/guard/{stall,time}.test.ts',
  'test/health/{bench,package,page,thread}.test.ts',
];

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        resolve,
        ssr: { resolve },
        test: {
          name: 'unit',
          expect: patience,
          include: ['packages/*/src/**/*.test.ts'],
          maxWorkers,
          // They share no state, and loading everything anew for each file took a quarter of the time.
          isolate: false,
          // A megabyte is read in every format: a busy machine takes its time.
          testTimeout: 30_000,
        },
      },
      {
        resolve,
        ssr: { resolve },
        test: {
          ...house,
          name: 'house',
          // Loading the whole gateway anew for each file took a quarter of the time here, too.
          isolate: false,
          include: ['test/**/*.test.ts'],
          exclude: ['test/console/**', ...alone],
          maxWorkers,
        },
      },
      {
        resolve,
        ssr: { resolve },
        test: {
          name: 'console',
          env,
          expect: patience,
          include: ['test/console/**/*.test.ts'],
          globalSetup: 'test/harness/console-build.ts',
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers,
        },
      },
      {
        resolve,
        ssr: { resolve },
        test: {
          ...house,
          name: 'alone',
          include: alone,
          maxWorkers: 1,
          // After all others.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
