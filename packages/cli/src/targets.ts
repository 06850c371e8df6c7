import { setTimeout as pause } from 'node:timers/promises';
import { StartFailure } from '@vitalgate/contract';

interface TargetsFlags {
  readonly admin: string;
  readonly token?: string;
  readonly watch?: boolean;
  readonly json?: boolean;
}

interface TargetRow {
  readonly id: string;
  readonly state: string;
  readonly status: string;
  readonly reason: string | null;
  readonly share: number;
  readonly restMs: number | null;
  readonly inFlight: number;
  readonly latencyMs: number | null;
  readonly retired: boolean;
  readonly doubtful: readonly string[];
  readonly blocked: { readonly reason: string } | null;
}

const REFRESH_MS = 1000;
const CLEAR_SCREEN = '\u001B[2J\u001B[H';

/** `vitalgate targets`: the board in the terminal, once or live. */
export async function targets(flags: TargetsFlags): Promise<void> {
  for (;;) {
    const rows = await fetchTargets(flags);
    if (flags.json === true) process.stdout.write(`${JSON.stringify(rows)}\n`);
    else process.stdout.write(`${flags.watch === true ? CLEAR_SCREEN : ''}${table(rows)}`);
    if (flags.watch !== true) return;
    await pause(REFRESH_MS);
  }
}

async function fetchTargets({ admin, token }: TargetsFlags): Promise<TargetRow[]> {
  const secret = token ?? process.env['VITALGATE_ADMIN_TOKEN'];
  if (secret === undefined) {
    throw new StartFailure(
      'invalid_config',
      'found no admin token; give --token or set VITALGATE_ADMIN_TOKEN',
    );
  }
  let answer: Response;
  try {
    answer = await fetch(new URL('/api/targets', admin), {
      headers: { authorization: `Bearer ${secret}` },
      signal: AbortSignal.timeout(5000),
    });
  } catch (cause) {
    throw new StartFailure('not_reachable', `nothing answers at ${admin}; is it running?`, cause);
  }
  if (!answer.ok) {
    throw new StartFailure(
      'not_reachable',
      `${admin} answered ${answer.status}; is the token right?`,
    );
  }
  return ((await answer.json()) as { items: TargetRow[] }).items;
}

/** What is against it, first what keeps all requests away. */
function reasonsOf({ blocked, retired, doubtful, reason }: TargetRow): string[] {
  return [
    ...(blocked === null ? [] : [blocked.reason]),
    ...(retired ? ['model_retired'] : []),
    ...(reason === null ? [] : [reason]),
    ...doubtful.map((feature) => `fails_at_${feature}`),
  ];
}

function table(rows: readonly TargetRow[]): string {
  const seconds = (ms: number | null) => (ms === null ? '' : `${(ms / 1000).toFixed(1)} s`);
  const cells = [
    ['TARGET', 'STATE', 'STATUS', 'SHARE', 'IN FLIGHT', 'FIRST BYTE', 'RESTS FOR', 'REASON'],
    ...rows.map((row) => [
      row.id,
      row.state,
      row.status,
      `${Math.round(row.share * 100)} %`,
      String(row.inFlight),
      row.latencyMs === null ? '' : `${row.latencyMs} ms`,
      seconds(row.restMs),
      reasonsOf(row).join(', '),
    ]),
  ];
  const widths =
    cells[0]?.map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0))) ?? [];
  return cells
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
