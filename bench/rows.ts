/** Which figures are worth showing, and what the project wants of them. */

/** The median of one figure for a contender; undefined when this run cannot tell. */
export type Lookup = (contender: string) => number | undefined;

export interface Aim {
  readonly text: string;
  met(figure: Lookup): boolean | undefined;
}

export interface Row {
  readonly scenario: string;
  readonly figure: string;
  readonly label: string;
  readonly digits: number;
  /** A cost that grows with the work: quotients of two contenders say something. */
  readonly isCost?: true;
  /** What direct takes is not the gateway's doing: the difference is shown beside. */
  readonly againstDirect?: true;
  /** Means little while the gateway's core had time to spare: the loader was the limit. */
  readonly needsBusyCore?: true;
  readonly aims?: readonly Aim[];
  /** Whom its second ratio compares with, if not Portkey. */
  readonly peer?: string;
}

const timesNginx = (limit: number): Aim => ({
  text: `≤ ${limit} × nginx`,
  met: (figure) => atMost(quotient(figure('vitalgate'), figure('nginx')), limit),
});

const partOf = (peer: string, limit: number): Aim => ({
  text: `≤ 1/${limit} of ${peer === 'portkey' ? 'Portkey' : peer}`,
  met: (figure) => atMost(quotient(figure('vitalgate'), figure(peer)), 1 / limit),
});

const atLeastTimesNginx = (share: number): Aim => ({
  text: `≥ ${share} × nginx`,
  met: (figure) => atMost(quotient(figure('nginx'), figure('vitalgate')), 1 / share),
});

const timesBefore = (limit: number): Aim => ({
  text: `≤ ${limit} × before`,
  met: (figure) => atMost(quotient(figure('vitalgate'), figure('before')), limit),
});

const timesOurs = (contender: string, limit: number): Aim => ({
  text: `${contender} ≤ ${limit} × ours`,
  met: (figure) => atMost(quotient(figure(contender), figure('vitalgate')), limit),
});

const atMostItself = (limit: number): Aim => ({
  text: `≤ ${limit}`,
  met: (figure) => atMost(figure('vitalgate'), limit),
});

const ownReports: Aim = {
  text: '≥ 20,000 a core',
  met: (figure) => atMost(20_000, figure('@vitalgate/health') ?? 0),
};

const oncePerInterval: Aim = {
  text: '1 per interval of 1 s, ± 20 %',
  met: (figure) => atMost(figure('@vitalgate/health'), 1.25),
};

const HTTP_PROXY = '@fastify/http-proxy';

export const rows: readonly Row[] = [
  {
    scenario: 'json',
    figure: 'cpuMicros',
    label: 'CPU, µs/request',
    digits: 1,
    isCost: true,
    aims: [
      timesNginx(6),
      partOf('portkey', 8),
      timesBefore(1.15),
      timesOurs('all controls', 1.6),
      timesOurs('200 targets', 1.1),
    ],
  },
  { scenario: 'json', figure: 'perSecond', label: 'requests/s', digits: 0, needsBusyCore: true },
  { scenario: 'json', figure: 'busyShare', label: 'core used', digits: 2 },
  { scenario: 'json', figure: 'residentMB', label: 'memory, MB', digits: 0 },
  { scenario: 'large', figure: 'cpuMicros', label: 'CPU, µs/request', digits: 1, isCost: true },
  { scenario: 'large', figure: 'perSecond', label: 'requests/s', digits: 0, needsBusyCore: true },
  { scenario: 'large', figure: 'busyShare', label: 'core used', digits: 2 },
  { scenario: 'latency', figure: 'p50Ms', label: 'p50, ms', digits: 2, againstDirect: true },
  { scenario: 'latency', figure: 'p99Ms', label: 'p99, ms', digits: 2, againstDirect: true },
  { scenario: 'latency', figure: 'cpuMicros', label: 'CPU, µs/request', digits: 0, isCost: true },
  {
    scenario: 'streams',
    figure: 'cpuMicros',
    label: 'CPU, µs/chunk',
    digits: 1,
    isCost: true,
    aims: [timesOurs('translated', 2.5)],
  },
  { scenario: 'streams', figure: 'chunksPerSecond', label: 'chunks/s', digits: 0 },
  { scenario: 'streams', figure: 'busyShare', label: 'core used', digits: 2 },
  {
    scenario: 'streams',
    figure: 'p50Ms',
    label: 'delay p50, ms',
    digits: 2,
    againstDirect: true,
  },
  {
    scenario: 'streams',
    figure: 'p99Ms',
    label: 'delay p99, ms',
    digits: 2,
    againstDirect: true,
    aims: [atMostItself(5)],
  },
  {
    scenario: 'memory',
    figure: 'kilobytesPerStream',
    label: 'memory, KB/stream',
    digits: 1,
    isCost: true,
    aims: [atMostItself(100)],
  },
  { scenario: 'memory', figure: 'idleMB', label: 'memory before, MB', digits: 0 },
  { scenario: 'memory', figure: 'alive', label: 'streams alive', digits: 0 },
  {
    scenario: 'proxy',
    figure: 'getMicros',
    label: 'GET of 0.7 KB: CPU, µs/request',
    digits: 1,
    isCost: true,
    peer: HTTP_PROXY,
    aims: [timesNginx(6), partOf(HTTP_PROXY, 2)],
  },
  {
    scenario: 'proxy',
    figure: 'perSecond',
    label: 'the same: requests/s',
    digits: 0,
    needsBusyCore: true,
  },
  {
    scenario: 'proxy',
    figure: 'postMicros',
    label: 'POST of 1.3 KB: CPU, µs/request',
    digits: 1,
    isCost: true,
    peer: HTTP_PROXY,
    aims: [timesNginx(6), partOf(HTTP_PROXY, 2)],
  },
  {
    scenario: 'proxy',
    figure: 'pageMicros',
    label: 'GET of 10 KB: CPU, µs/request',
    digits: 1,
    isCost: true,
    peer: HTTP_PROXY,
  },
  {
    scenario: 'proxy',
    figure: 'convertedMicros',
    label: 'the same as XML: CPU, µs/request',
    digits: 1,
  },
  {
    scenario: 'proxy',
    figure: 'downMBs',
    label: '1 GB down, MB/s',
    digits: 0,
    aims: [atLeastTimesNginx(0.5)],
  },
  {
    scenario: 'proxy',
    figure: 'downMicros',
    label: '1 GB down: CPU, µs/MB',
    digits: 0,
    isCost: true,
    peer: HTTP_PROXY,
  },
  {
    scenario: 'proxy',
    figure: 'upMBs',
    label: '1 GB up, MB/s',
    digits: 0,
    aims: [atLeastTimesNginx(0.5)],
  },
  {
    scenario: 'proxy',
    figure: 'upMicros',
    label: '1 GB up: CPU, µs/MB',
    digits: 0,
    isCost: true,
    peer: HTTP_PROXY,
  },
  { scenario: 'proxy', figure: 'residentMB', label: 'memory after all that, MB', digits: 0 },
  {
    scenario: 'health',
    figure: 'perSecond',
    label: 'reports/s',
    digits: 0,
    needsBusyCore: true,
    aims: [ownReports],
  },
  { scenario: 'health', figure: 'cpuMicros', label: 'CPU, µs/report', digits: 1 },
  { scenario: 'health', figure: 'busyShare', label: 'core used', digits: 2 },
  { scenario: 'health', figure: 'p99Ms', label: 'p99, ms', digits: 2 },
  {
    scenario: 'health',
    figure: 'looksPerSecond',
    label: 'looks at the dependency/s',
    digits: 2,
    aims: [oncePerInterval],
  },
  { scenario: 'health', figure: 'residentMB', label: 'memory, MB', digits: 0 },
];

export function quotient(part: number | undefined, whole: number | undefined): number | undefined {
  return part === undefined || whole === undefined ? undefined : part / whole;
}

function atMost(value: number | undefined, limit: number): boolean | undefined {
  return value === undefined ? undefined : value <= limit;
}
