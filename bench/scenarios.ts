import { fileURLToPath } from 'node:url';
import type { BulkReport, BulkTask } from './bulk-loader.ts';
import type { Started, Subject } from './contenders/contender.ts';
import type { LoaderReport, LoaderTask } from './loader.ts';
import type { BodySize } from './payloads.ts';
import { Running } from './processes.ts';
import { monotonicMicros } from './stamp.ts';
import type { StreamReport, StreamTask } from './stream-loader.ts';

/** Found by one measurement, by name. Absent: it does not apply to this contender. */
type Figures = Readonly<Record<string, number>>;

export interface Finding {
  readonly figures: Figures;
  /** What went wrong on the way, if anything did: such figures are not to be trusted. */
  readonly trouble?: string;
}

export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly subject: Subject;
  /** How often the upstream writes a chunk on each stream. */
  readonly chunkIntervalMs: number;
  measure(target: Started, core: number | undefined, quick: boolean): Promise<Finding>;
  /** Half a second of the same on a gateway that is warm; where that says something. */
  glance?(target: Started, core: number | undefined): Promise<Finding>;
}

/** Beyond what a task takes by design: starting, connecting, reporting. */
const GRACE_MS = 30_000;
const MEGABYTE = 1e6;
const KILOBYTE = 1e3;

const throughput = (name: string, title: string, body: BodySize): Scenario => {
  const measure = async (target: Started, core: number | undefined, times: Times) =>
    throughputOf(await load(target, core, { body, connections: 32, ...times }));
  return {
    name,
    title,
    subject: 'models',
    chunkIntervalMs: 1000,
    measure: (target, core, quick) =>
      // Just-in-time compilers are at it for seconds; before that a request costs twice as much.
      measure(target, core, quick ? QUICK : { warmUpMs: 6000, measureMs: 4000 }),
    glance: (target, core) => measure(target, core, { warmUpMs: 50, measureMs: 500 }),
  };
};

type Times = Pick<LoaderTask, 'warmUpMs' | 'measureMs'>;
const QUICK: Times = { warmUpMs: 1000, measureMs: 1500 };

function throughputOf(report: LoaderReport): Finding {
  const { answered, wallMicros, gateway } = report;
  return finding(report, {
    perSecond: (answered * 1e6) / wallMicros,
    ...(gateway === undefined
      ? {}
      : {
          cpuMicros: gateway.cpuMicros / answered,
          busyShare: gateway.cpuMicros / wallMicros,
          residentMB: gateway.residentBytes / MEGABYTE,
        }),
  });
}

const unhurried: Scenario = {
  name: 'latency',
  title: 'chat at 200 requests/s',
  subject: 'models',
  chunkIntervalMs: 1000,
  async measure(target, core, quick) {
    const report = await load(target, core, {
      body: 'small',
      connections: 32,
      perSecond: 200,
      warmUpMs: quick ? 1000 : 2000,
      measureMs: quick ? 2000 : 5000,
    });
    return finding(report, {
      p50Ms: report.latencyMicros.p50 / 1000,
      p99Ms: report.latencyMicros.p99 / 1000,
      ...(report.gateway === undefined
        ? {}
        : { cpuMicros: report.gateway.cpuMicros / report.answered }),
    });
  },
};

const streams: Scenario = {
  name: 'streams',
  title: '500 streams, 25,000 chunks/s in all',
  subject: 'models',
  chunkIntervalMs: 20,
  async measure(target, core, quick) {
    const report = await stream(target, core, {
      streams: 500,
      firstStreams: 0,
      settleMs: quick ? 1500 : 3000,
      measureMs: quick ? 2000 : 6000,
    });
    return finding(report, {
      alive: report.alive,
      chunksPerSecond: (report.chunks * 1e6) / report.wallMicros,
      p50Ms: report.delayMicros.p50 / 1000,
      p99Ms: report.delayMicros.p99 / 1000,
      ...(report.gateway === undefined
        ? {}
        : {
            cpuMicros: report.gateway.cpuMicros / report.chunks,
            busyShare: report.gateway.cpuMicros / report.wallMicros,
          }),
    });
  },
};

const memory: Scenario = {
  name: 'memory',
  title: '2,000 slow streams',
  subject: 'models',
  chunkIntervalMs: 1000,
  async measure(target, core, quick) {
    const report = await stream(target, core, {
      streams: 2000,
      firstStreams: 20,
      settleMs: quick ? 1500 : 4000,
      measureMs: 1500,
    });
    return finding(report, {
      alive: report.alive,
      ...(report.gateway === undefined
        ? {}
        : {
            idleMB: report.gateway.residentBytesBefore / MEGABYTE,
            kilobytesPerStream:
              (report.gateway.residentBytes - report.gateway.residentBytesBefore) /
              report.alive /
              KILOBYTE,
          }),
    });
  },
};

const health: Scenario = {
  name: 'health',
  title: 'GET /health of a service with one check',
  subject: 'health',
  chunkIntervalMs: 1000,
  async measure(target, core, quick) {
    const looks = async (): Promise<number> => {
      const answer = await fetch(`http://127.0.0.1:${target.port}/looks`);
      return Number(await answer.text());
    };
    const [before, began] = [await looks(), monotonicMicros()];
    const report = await load(target, core, {
      get: '/health',
      connections: 32,
      warmUpMs: quick ? 1000 : 2000,
      measureMs: quick ? 1500 : 4000,
    });
    const looked = ((await looks()) - before) / ((monotonicMicros() - began) / 1e6);
    const { answered, wallMicros, gateway, latencyMicros } = report;
    return finding(report, {
      perSecond: (answered * 1e6) / wallMicros,
      p99Ms: latencyMicros.p99 / 1000,
      looksPerSecond: looked,
      ...(gateway === undefined
        ? {}
        : {
            cpuMicros: gateway.cpuMicros / answered,
            busyShare: gateway.cpuMicros / wallMicros,
            residentMB: gateway.residentBytes / MEGABYTE,
          }),
    });
  },
};

const proxy: Scenario = {
  name: 'proxy',
  title: 'an HTTP API, passed on',
  subject: 'apis',
  chunkIntervalMs: 1000,
  async measure(target, core, quick) {
    const ask = (task: Pick<LoaderTask, 'get' | 'post'>, headers?: Record<string, string>) =>
      load({ ...target, headers: { ...target.headers, ...headers } }, core, {
        ...task,
        connections: 32,
        warmUpMs: quick ? 1000 : 6000,
        measureMs: quick ? 1500 : 4000,
      });
    const move = (direction: BulkTask['direction']) =>
      bulk(target, core, {
        direction,
        bytes: bytesMoved(quick),
        warmUpBytes: 50 * MEGABYTE,
      });
    const get = await ask({ get: '/shop/order' });
    const post = await ask({ post: '/shop/order' });
    const page = await ask({ get: '/shop/page' });
    const reports = [get, post, page];
    const converted =
      target.inXml && (await ask({ get: `${target.inXml}/page` }, { accept: 'application/xml' }));
    if (converted) reports.push(converted);
    const down = await move('down');
    const up = await move('up');
    const failing = [...reports, down, up].find(({ failed }) => failed > 0) ?? get;
    return finding(failing, {
      perSecond: (get.answered * 1e6) / get.wallMicros,
      downMBs: bytesMoved(quick) / down.wallMicros,
      upMBs: bytesMoved(quick) / up.wallMicros,
      ...costs({ get, post, page, ...(converted && { converted }) }),
      ...(get.gateway && { busyShare: get.gateway.cpuMicros / get.wallMicros }),
      ...(down.gateway && { downMicros: down.gateway.cpuMicros / (bytesMoved(quick) / MEGABYTE) }),
      ...(up.gateway && {
        upMicros: up.gateway.cpuMicros / (bytesMoved(quick) / MEGABYTE),
        residentMB: up.gateway.residentBytes / MEGABYTE,
      }),
    });
  },
};

const bytesMoved = (quick: boolean): number => (quick ? 200 : 1000) * MEGABYTE;

/** CPU per request of each, under `…Micros`. */
function costs(reports: Readonly<Record<string, LoaderReport>>): Figures {
  return Object.fromEntries(
    Object.entries(reports).flatMap(([name, { gateway, answered }]) =>
      gateway === undefined ? [] : [[`${name}Micros`, gateway.cpuMicros / answered]],
    ),
  );
}

export const scenarios: readonly Scenario[] = [
  throughput('json', 'chat, 1.3 KB in, 0.7 KB out', 'small'),
  throughput('large', 'chat, 100 KB in, 0.7 KB out', 'large'),
  unhurried,
  streams,
  memory,
  proxy,
  health,
];

function bulk(
  target: Started,
  core: number | undefined,
  task: Omit<BulkTask, Where>,
): Promise<BulkReport> {
  return run(fileURLToPath(new URL('bulk-loader.ts', import.meta.url)), target, core, task, 60_000);
}

type Where = 'port' | 'headers' | 'model' | 'pid';

function load(
  target: Started,
  core: number | undefined,
  task: Omit<LoaderTask, Where>,
): Promise<LoaderReport> {
  const ms = task.warmUpMs + task.measureMs;
  return run(fileURLToPath(new URL('loader.ts', import.meta.url)), target, core, task, ms);
}

function stream(
  target: Started,
  core: number | undefined,
  task: Omit<StreamTask, Where>,
): Promise<StreamReport> {
  const ms = task.settleMs + task.measureMs;
  return run(fileURLToPath(new URL('stream-loader.ts', import.meta.url)), target, core, task, ms);
}

async function run<Report>(
  file: string,
  target: Started,
  core: number | undefined,
  task: object,
  ms: number,
): Promise<Report> {
  const { port, headers, model, process } = target;
  const where = { port, headers, model, pid: process?.pid };
  const loader = new Running(core, globalThis.process.execPath, [
    file,
    JSON.stringify({ ...task, ...where }),
  ]);
  return JSON.parse(await loader.result(ms + GRACE_MS)) as Report;
}

function finding(
  report: Pick<LoaderReport | BulkReport, 'failed' | 'firstFailure'>,
  figures: Figures,
): Finding {
  if (report.failed === 0) return { figures };
  return { figures, trouble: `${report.failed} failed, the first with: ${report.firstFailure}` };
}
