/**
 * Refuses a release whose lock holds a version younger than 14 days: what is poisoned is mostly found
 * within days, and whoever waits never had it. Not `min-release-age` of npm, which makes `npm ci` refuse
 * the lock on every machine and every day, where only a release has to be old.
 *
 * Asks the registry npm is configured with for when each version of the lock came out. Ends with 1 when
 * one is too young, and when it cannot be known: a registry that does not answer has not agreed.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const leastDays = 14;
const atOnce = 8;
const patience = 60_000;
const told = 20;
const day = 86_400_000;

interface Locked {
  /** Where it differs from the folder: an alias. */
  readonly name?: string;
  readonly version?: string;
  readonly link?: boolean;
}

/** Each package of the lock that comes from a registry, with its versions. */
const wantedOf = (file: string): ReadonlyMap<string, ReadonlySet<string>> => {
  const lock = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, Locked> };
  const wanted = new Map<string, Set<string>>();
  for (const [path, { name, version, link }] of Object.entries(lock.packages)) {
    const at = path.lastIndexOf('node_modules/');
    // Our own packages stand under their own folder, and again as links to it.
    if (at < 0 || link === true || version === undefined) continue;
    const known = name ?? path.slice(at + 'node_modules/'.length);
    wanted.set(known, (wanted.get(known) ?? new Set()).add(version));
  }
  return wanted;
};

const registry = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim();

/** When each version of a package came out (ISO 8601) as the registry has it, or why it does not say. */
const timesOf = async (name: string): Promise<Readonly<Record<string, string>> | string> => {
  const url = new URL(name.replace('/', '%2f'), registry.endsWith('/') ? registry : `${registry}/`);
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(patience) });
    if (!answer.ok) return `status ${answer.status}`;
    return ((await answer.json()) as { time?: Record<string, string> }).time ?? {};
  } catch (error) {
    const { message, cause } = error as Error & { cause?: { code?: string } };
    return cause?.code ?? message;
  }
};

const now = Date.now();
const young: string[] = [];
const unknown: string[] = [];
const wanted = wantedOf('package-lock.json');
const left = [...wanted];
let versions = 0;

const look = async (name: string, asked: ReadonlySet<string>): Promise<void> => {
  const times = await timesOf(name);
  if (typeof times === 'string') {
    unknown.push(`${name}: ${times}`);
    return;
  }
  for (const version of asked) {
    versions += 1;
    const age = (now - Date.parse(times[version] ?? '')) / day;
    if (Number.isNaN(age)) unknown.push(`${name}@${version}: no date`);
    else if (age < leastDays) young.push(`${name}@${version}: ${age.toFixed(1)} days`);
  }
};

const worker = async (): Promise<void> => {
  for (let next = left.pop(); next !== undefined; next = left.pop()) await look(...next);
};
await Promise.all(Array.from({ length: atOnce }, worker));

const list = (title: string, lines: readonly string[]): void => {
  if (lines.length === 0) return;
  console.error(`${title}\n  ${lines.toSorted().slice(0, told).join('\n  ')}`);
  if (lines.length > told) console.error(`  and ${lines.length - told} more`);
};
list(`Younger than ${leastDays} days. Wait, or go back to an older version:`, young);
list(
  `Their age could not be asked of ${registry}. Nothing is known of them, so try again:`,
  unknown,
);
console.log(
  `${wanted.size} packages, ${versions} versions: ${young.length} too young, ${unknown.length} unknown`,
);
process.exitCode = young.length + unknown.length === 0 ? 0 : 1;
