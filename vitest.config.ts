import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Hundreds of programs are started: each spends half of its start on compiling the same sources. */
const env = {
  NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/compiled', import.meta.url)),
};

const resolve = { conditions: ['vitalgate-source', 'node', 'default'] };

export default defineConfig({
  test: {
    reporters: ['default', './tools/closing-line.ts'],
    projects: [
      {
        resolve,
        ssr: { resolve },
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts'],
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
          name: 'house',
          env,
          include: ['test/**/*.test.ts'],
          exclude: ['test/console/**'],
          globalSetup: ['test/harness/shared-postgres.ts'],
          // Real processes, sockets and timeouts: slower than units, never sleeping.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // Tests of memory collect garbage before they look.
          execArgv: ['--expose-gc'],
        },
      },
      {
        resolve,
        ssr: { resolve },
        test: {
          name: 'console',
          env,
          include: ['test/console/**/*.test.ts'],
          globalSetup: 'test/harness/console-build.ts',
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
