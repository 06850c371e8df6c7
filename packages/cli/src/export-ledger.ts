import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { StartFailure } from '@vitalgate/contract';
import {
  costGroups,
  costsBy,
  openStore,
  readConfiguration,
  readLedger,
  type CostGroup,
  type LedgerFilter,
  type NamedRow,
  type Store,
} from '@vitalgate/gateway';

interface LedgerFlags {
  readonly config?: string;
  readonly since?: string;
  readonly until?: string;
  readonly key?: string;
  readonly team?: string;
  readonly owner?: string;
  readonly model?: string;
  readonly outcome?: string;
  /** Groups, separated by commas. */
  readonly by?: string;
  readonly json?: boolean;
  readonly output?: string;
}

type Cell = string | number | boolean | null;
type Line = Readonly<Record<string, Cell>>;

/** `vitalgate export ledger`: every request, or what they cost in groups, as CSV or JSON. */
export async function exportLedger(flags: LedgerFlags): Promise<void> {
  const filter: LedgerFilter = {
    since: moment('--since', flags.since),
    until: moment('--until', flags.until),
    key: flags.key,
    team: flags.team,
    owner: flags.owner,
    model: flags.model,
    outcome: flags.outcome,
  };
  const groups = flags.by === undefined ? undefined : flags.by.split(',').map(group);
  const config = await readConfiguration(flags.config, process.env);
  const store = await openStore(config.store);
  try {
    const lines = groups === undefined ? rowLines(store, filter) : costLines(store, groups, filter);
    const text = flags.json === true ? asJson(lines) : asCsv(lines);
    if (flags.output !== undefined) {
      await pipeline(Readable.from(text), createWriteStream(flags.output));
    } else {
      await print(text, process.stdout);
    }
  } finally {
    await store.close();
  }
}

async function* rowLines(store: Store, filter: LedgerFilter): AsyncGenerator<Line> {
  for await (const page of readLedger(store, filter)) yield* page.map(rowLine);
}

const rowLine = (row: NamedRow): Line => ({
  id: row.id,
  at: new Date(row.at).toISOString(),
  key: row.key,
  team: row.team,
  model: row.model,
  provider: row.provider,
  upstream_model: row.upstream_model,
  dialect: row.dialect,
  operation: row.operation,
  streamed: row.streamed === 1,
  status: row.status,
  outcome: row.outcome,
  reason: row.reason,
  attempts: row.attempts,
  input_tokens: row.input_tokens,
  cached_tokens: row.cached_tokens,
  cache_written_tokens: row.cache_written_tokens,
  output_tokens: row.output_tokens,
  reasoning_tokens: row.reasoning_tokens,
  cost: dollars(row.cost),
  currency: row.currency,
  price_source: row.price_source,
  estimated: row.is_estimated === 1,
  first_ms: row.first_ms,
  total_ms: row.total_ms,
  owner: row.owner,
  guardrails: row.guardrails,
});

async function* costLines(
  store: Store,
  groups: readonly CostGroup[],
  filter: LedgerFilter,
): AsyncGenerator<Line> {
  for (const { group: by, cost, ...counts } of await costsBy(store, groups, filter)) {
    yield {
      ...Object.fromEntries(groups.map((name) => [name, by[name] ?? null])),
      requests: counts.requests,
      input_tokens: counts.inputTokens,
      cached_tokens: counts.cachedTokens,
      output_tokens: counts.outputTokens,
      cost: dollars(cost),
      currency: 'USD',
      unpriced_requests: counts.unpriced,
      estimated_requests: counts.estimated,
    };
  }
}

/** Exact, and never in scientific notation: `0.000055200`. */
function dollars(nanos: number | null): string | null {
  if (nanos === null) return null;
  const digits = String(Math.abs(nanos)).padStart(10, '0');
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`;
}

async function* asJson(lines: AsyncGenerator<Line>): AsyncGenerator<string> {
  let isFirst = true;
  for await (const line of lines) {
    yield `${isFirst ? '[\n' : ',\n'}${JSON.stringify(line)}`;
    isFirst = false;
  }
  yield isFirst ? '[]\n' : '\n]\n';
}

/** RFC 4180, with the names of the columns in the first line. */
async function* asCsv(lines: AsyncGenerator<Line>): AsyncGenerator<string> {
  let isFirst = true;
  for await (const line of lines) {
    if (isFirst) yield `${Object.keys(line).join(',')}\r\n`;
    isFirst = false;
    yield `${Object.values(line).map(cell).join(',')}\r\n`;
  }
}

/** A spreadsheet takes what begins like this for a formula, and callers choose names of models. */
const FORMULA = /^[=+\-@\t\r]/;

function cell(value: Cell): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

async function print(text: AsyncGenerator<string>, to: Writable): Promise<void> {
  for await (const piece of text) {
    if (!to.write(piece)) await new Promise((resolve) => to.once('drain', resolve));
  }
}

function moment(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = Date.parse(text);
  if (!Number.isNaN(ms)) return ms;
  throw new StartFailure(
    'invalid_config',
    `found ${flag} ${text}, expected a date such as 2026-11-01 or 2026-11-01T12:00:00Z`,
  );
}

function group(name: string): CostGroup {
  const found = costGroups.find((one) => one === name);
  if (found !== undefined) return found;
  throw new StartFailure(
    'invalid_config',
    `found --by ${name}, expected some of ${costGroups.join(', ')}, separated by commas`,
  );
}
