import type { CheckReport, Report } from '../report.ts';
import type { Details, Format, Written } from '../serve/format.ts';

/**
 * The text of kube-apiserver (kubernetes.io, "Kubernetes API health endpoints"): `ok`, or a line
 * for each check with `?verbose` and whenever something fails. `?exclude=NAME` leaves checks out.
 */
export const kubernetes: Format = {
  name: 'k8s',
  types: [],
  params: ['verbose', 'exclude'],
  write,
};

const endpoints = { liveness: 'livez', readiness: 'readyz', startup: 'startupz' } as const;

function write(report: Report, details: Details, _now: number, query?: URLSearchParams): Written {
  const excluded = new Set(query?.getAll('exclude'));
  const { checks } = report;
  const lines = checks.map((check) => lineOf(check, excluded, details));
  for (const reason of ownReasons(report)) {
    lines.push(excluded.has(reason) ? `[+]${reason} excluded: ok` : failed(reason, undefined));
  }
  if (lines.length === 0) lines.push('[+]ping ok');
  const names = new Set([...checks.map(({ name }) => name), ...ownReasons(report)]);
  const strangers = [...excluded].filter((name) => !names.has(name));
  if (strangers.length > 0) {
    const list = strangers.map((name) => JSON.stringify(name)).join(', ');
    lines.push(`warn: some health checks cannot be excluded: no matches for ${list}`);
  }
  const isFailed = lines.some((line) => line.startsWith('[-]'));
  const headers = {
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
  };
  if (!isFailed && query?.has('verbose') !== true) return { body: 'ok', status: 200, headers };
  const endpoint = report.probe === undefined ? 'healthz' : endpoints[report.probe];
  const body = `${lines.join('\n')}\n${endpoint} check ${isFailed ? 'failed' : 'passed'}\n`;
  // kube-apiserver says 500 where others say 503.
  return { body, status: isFailed ? 500 : 200, headers };
}

/** What no check is to blame for, such as draining. */
function ownReasons({ reasons, status, checks }: Report): string[] {
  if (status !== 'fail') return [];
  const own = reasons.filter((reason) => !reason.includes(':'));
  const isBlamed = checks.some(isBlocking);
  return own.length > 0 || isBlamed ? own : ['health'];
}

const isBlocking = ({ status, onFail }: CheckReport): boolean =>
  onFail === 'fail' && (status === 'fail' || status === 'unknown');

function lineOf(check: CheckReport, excluded: ReadonlySet<string>, details: Details): string {
  const { name, status, groups, reason } = check;
  if (excluded.has(name)) return `[+]${name} excluded: ok`;
  if (groups.some((group) => excluded.has(group))) return `[+]${name} excluded with group: ok`;
  if (status === 'pass' || status === 'warn') return `[+]${name} ok`;
  const shown = details === 'full' ? reason : undefined;
  if (isBlocking(check)) return failed(name, shown);
  // Not in the original, which knows no failure that is tolerated; "ok" would be a lie.
  return `[!]${name} failed, tolerated: ${shown ?? 'reason withheld'}`;
}

const failed = (name: string, reason: string | undefined): string =>
  `[-]${name} failed: ${reason ?? 'reason withheld'}`;
