/**
 * Sends unstreamed chat requests, or other ones, over keep-alive connections, a process of its own.
 * `node loader.ts JSON` with a LoaderTask; prints a LoaderReport as JSON.
 *
 * Without `perSecond` each connection sends its next request as soon as it has an answer, which
 * shows what the gateway can do at most. With it, requests leave at that rate whatever comes back,
 * which shows what an unhurried caller waits.
 */
import { usageOf } from './cpu.ts';
import { Connection } from './connection.ts';
import { chatBody, headOf, postRequest, type BodySize } from './payloads.ts';
import { monotonicMicros } from './stamp.ts';
import { Samples } from './statistics.ts';

export interface LoaderTask {
  readonly port: number;
  readonly headers: Record<string, string>;
  readonly model: string;
  readonly body?: BodySize;
  /** A path to GET instead of chatting, or to POST the same body to. */
  readonly get?: string;
  readonly post?: string;
  readonly connections: number;
  readonly perSecond?: number;
  /** At full speed, so that just-in-time compilers have done their work. */
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** Whose CPU time and memory to read at both ends of the measured time. */
  readonly pid?: number;
}

export interface LoaderReport {
  readonly answered: number;
  readonly failed: number;
  readonly firstFailure?: string;
  readonly wallMicros: number;
  readonly latencyMicros: { readonly p50: number; readonly p99: number };
  readonly gateway?: { readonly cpuMicros: number; readonly residentBytes: number };
}

const task = JSON.parse(process.argv[2] ?? '') as LoaderTask;
const request =
  task.get === undefined
    ? postRequest(
        task.port,
        task.post ?? '/v1/chat/completions',
        task.headers,
        chatBody(task.model, task.body ?? 'small', false),
      )
    : headOf('GET', task.get, task.port, { accept: '*/*', ...task.headers });
/** A gateway that fails at once is not worth a million tries. */
const MAX_FAILURES = 1000;

const latencies = new Samples();
const idle: Lane[] = [];
let pacing = false;
let failed = 0;
let firstFailure: string | undefined;

class Lane {
  readonly #connection: Connection;
  #sentAt = 0;

  constructor() {
    this.#connection = new Connection(task.port, {
      answered: (error) => {
        if (error === undefined) latencies.add(monotonicMicros() - this.#sentAt);
        this.#next(error);
      },
      broken: (reason) => this.#next(reason),
    });
  }

  send(): void {
    this.#sentAt = monotonicMicros();
    this.#connection.send(request);
  }

  #next(failure: string | undefined): void {
    if (failure !== undefined) {
      firstFailure ??= failure;
      failed += 1;
    }
    if (pacing || failed > MAX_FAILURES) idle.push(this);
    else this.send();
  }
}

function measure(): void {
  latencies.clear();
  failed = 0;
  const before = task.pid === undefined ? undefined : usageOf(task.pid);
  const began = monotonicMicros();
  setTimeout(() => {
    const wallMicros = monotonicMicros() - began;
    const after = task.pid === undefined ? undefined : usageOf(task.pid);
    const report: LoaderReport = {
      answered: latencies.count,
      failed,
      ...(firstFailure === undefined ? {} : { firstFailure }),
      wallMicros,
      latencyMicros: { p50: latencies.percentile(0.5), p99: latencies.percentile(0.99) },
      ...(before === undefined || after === undefined
        ? {}
        : {
            gateway: {
              cpuMicros: after.cpuMicros - before.cpuMicros,
              residentBytes: after.residentBytes,
            },
          }),
    };
    process.stdout.write(JSON.stringify(report), () => process.exit(0));
  }, task.measureMs);
}

function pace(perSecond: number): void {
  pacing = true;
  const intervalMicros = 1e6 / perSecond;
  let dueMicros = monotonicMicros() + intervalMicros;
  setInterval(() => {
    for (; dueMicros <= monotonicMicros(); dueMicros += intervalMicros) {
      const lane = idle.shift();
      if (lane === undefined) firstFailure ??= 'no idle connection was left to keep the rate';
      else lane.send();
      if (lane === undefined) failed += 1;
    }
  }, 1);
}

for (let lane = 0; lane < task.connections; lane++) new Lane().send();

setTimeout(() => {
  if (task.perSecond === undefined) {
    measure();
  } else {
    pace(task.perSecond);
    // The last answers of the warm-up shall be over before the first measured request.
    setTimeout(measure, 500);
  }
}, task.warmUpMs);
