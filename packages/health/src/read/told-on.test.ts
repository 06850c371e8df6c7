import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formats } from '../report/formats.ts';
import { usualCodes } from '../serve/reply.ts';
import type { Format as Writer } from '../serve/format.ts';
import type { Report } from '../report.ts';
import type { Status } from '../status.ts';
import { read } from './read.ts';
import { toReport } from './to-report.ts';
import type { Read } from './told.ts';

const NOW = Date.UTC(2026, 2, 1, 12);
const asked = { at: NOW, instance: 'a', name: 'shop' };

const source = (statuses: readonly Status[], sum: Status): Report => {
  const checks = Object.fromEntries(
    statuses.map((status, n) => [
      `c${n}:responseTime`,
      [{ status, observedValue: n, observedUnit: 'ms' }],
    ]),
  );
  return toReport(read({ body: JSON.stringify({ status: sum, checks }) }), asked);
};
const toldBy = (writer: Writer, report: Report): Read => {
  const { body, status = usualCodes[report.status], headers } = writer.write(report, 'codes', NOW);
  const contentType = headers?.['content-type'] ?? writer.types[0] ?? 'text/plain';
  // Consul's 429 is a warning to those alone who know that it is Consul's.
  const hint = writer.name === 'consul' ? 'consul' : undefined;
  return read({ code: status, contentType, body }, hint);
};

/** Formats without a word for a warning, at least where nobody asked for one by its exit code. */
const deaf = new Set(['html', 'k8s', 'microprofile', 'actuator', 'actuator-v2', 'haproxy', 'ft']);

describe.each(formats.map((writer) => [writer.name, writer] as const))(
  'told on as %s',
  (name, writer) => {
    test.each([
      [['pass', 'pass'], 'pass'],
      [['pass', 'warn'], 'warn'],
      [['pass', 'fail'], 'fail'],
      [[], 'pass'],
      [[], 'fail'],
    ] as const)('%j, in sum %s, is understood', (statuses, sum) => {
      const { status, disagrees } = toldBy(writer, source(statuses, sum));
      expect(status).toBe(sum === 'warn' && deaf.has(name) ? 'pass' : sum);
      expect(disagrees).toBe(false);
    });

    test('nothing becomes better on the way', () => {
      const badness = { pass: 0, warn: 1, unknown: 2, fail: 3 };
      const some = fc.array(fc.constantFrom<Status>('pass', 'warn', 'fail', 'unknown'), {
        maxLength: 4,
      });
      fc.assert(
        fc.property(some, fc.constantFrom<Status>('pass', 'fail', 'unknown'), (statuses, sum) => {
          const found = toldBy(writer, source(statuses, sum));
          expect(badness[found.status]).toBeGreaterThanOrEqual(
            badness[sum === 'unknown' ? 'fail' : sum],
          );
        }),
        { numRuns: 50 },
      );
    });
  },
);
