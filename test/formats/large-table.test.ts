/**
 * A table larger than the memory it is turned over in. A small one by default; `LARGE_MB=1000` is 1 GB.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import type { Conversion } from './large-table.ts';

const LARGE_MB = Number(process.env['LARGE_MB'] ?? 6);
const program = fileURLToPath(new URL('large-table.ts', import.meta.url));
/** A collector that has room takes its time: with this little, what is held shows. */
const HEAP = ['--max-semi-space-size=8', '--max-old-space-size=40'];

it(
  `turns ${LARGE_MB} MB of CSV into NDJSON into XML in 150 MB`,
  async () => {
    const bytes = String(LARGE_MB * 1_000_000);
    const args = ['--conditions=vitalgate-source', ...HEAP, program, bytes];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const { rows, elements, peakMB } = JSON.parse(stdout) as Conversion;
    expect(rows).toBeGreaterThan((LARGE_MB * 1_000_000) / 70);
    expect(elements).toBe(rows);
    expect(peakMB).toBeLessThan(150);
  },
  30_000 + LARGE_MB * 2000,
);
