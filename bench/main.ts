/** `npm run bench`: how fast is Vitalgate, beside whom? See README.md in this folder. */
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg, release, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Contender } from './contenders/contender.ts';
import { findCores } from './cores.ts';
import { BenchError } from './errors.ts';
import { readOptions, usage, type Options } from './options.ts';
import { killAll } from './processes.ts';
import type { Results } from './results.ts';
import { runRounds, takeTurns } from './rounds.ts';
import { markdownTable, terminalTable } from './table.ts';

const scratch = mkdtempSync(join(tmpdir(), 'vitalgate-bench-'));
process.on('exit', () => {
  killAll();
  rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => process.exit(130));
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(usage);
  else await bench(options);
} catch (error) {
  if (!(error instanceof BenchError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}

async function bench(options: Options): Promise<void> {
  const takenAt = new Date().toISOString();
  const results = join(import.meta.dirname, 'results');
  const stem = takenAt.replaceAll(/[:.]/g, '-');
  const profiles = options.profile ? join(results, `${stem}-profiles`) : undefined;
  if (profiles !== undefined) await mkdir(profiles, { recursive: true });

  const cores = findCores();
  const machine = {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    pinned: cores === undefined ? 'no (it takes two cores and taskset)' : 'yes',
    node: process.version,
    kernel: release(),
    'load before': Number((loadavg()[0] ?? 0).toFixed(2)),
  };
  progress('looking for what can be measured');
  const { present, versions, missing } = await prepareAll(options.contenders);
  const measure = options.inTurns ? takeTurns : runRounds;
  const findings = await measure({
    contenders: present,
    scenarios: options.scenarios,
    rounds: options.rounds,
    quick: options.quick,
    cores,
    profiles,
    scratch,
    progress,
  });
  const { rounds, quick } = options;
  const found: Results = { takenAt, machine, rounds, quick, versions, missing, findings };

  const file = options.json ?? join(results, `${stem}.json`);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(found, undefined, 2)}\n`);
  progress(`figures of every round: ${file}`);
  console.log(options.markdown ? markdownTable(found) : terminalTable(found));
}

async function prepareAll(
  contenders: readonly Contender[],
): Promise<{ present: Contender[] } & Pick<Results, 'versions' | 'missing'>> {
  const present: Contender[] = [];
  const versions: Record<string, string> = {};
  const missing: Record<string, string> = {};
  for (const contender of contenders) {
    const availability = await contender.prepare();
    if ('missing' in availability) {
      missing[contender.name] = availability.missing;
    } else {
      present.push(contender);
      versions[contender.name] = availability.version;
    }
  }
  return { present, versions, missing };
}

/** Beside the table, so that the table alone can be piped elsewhere. */
function progress(step: string): void {
  process.stderr.write(`${step}\n`);
}
