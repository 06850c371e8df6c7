import { readdirSync } from 'node:fs';
import { loadavg } from 'node:os';
import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { families } from './families.ts';
import { gauge, type Family } from './metrics.ts';

/** What is known of the process itself, under the names every Prometheus client gives it. */
export class ProcessMetrics {
  readonly #startedAt: number;
  readonly #version: string;
  #loop: EventLoopUtilization = performance.eventLoopUtilization();

  /** `wall` is now, in milliseconds since 1970. */
  constructor(wall: number, version: string) {
    this.#startedAt = wall / 1000 - process.uptime();
    this.#version = version;
  }

  families(): Family[] {
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
    const loop = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(loop, this.#loop);
    this.#loop = loop;
    const open = openFiles();
    return [
      gauge(families.buildInfo, [[[this.#version, process.version], 1]]),
      gauge(
        families.load,
        loadavg().map((value, index) => [[['1', '5', '15'][index] ?? ''], value]),
      ),
      {
        ...families.cpu,
        samples: [{ suffix: '_total', labels: [], value: (user + system) / 1e6 }],
      },
      gauge(families.residentMemory, [[[], rss]]),
      gauge(families.startTime, [[[], this.#startedAt]]),
      ...(open === undefined ? [] : [gauge(families.openFiles, [[[], open]])]),
      gauge(families.heapUsed, [[[], heapUsed]]),
      gauge(families.heapTotal, [[[], heapTotal]]),
      gauge(families.external, [[[], external]]),
      gauge(families.loopUtilization, [[[], utilization]]),
    ];
  }
}

/** Linux alone lists them where a process can read it cheaply (proc(5)). */
function openFiles(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return undefined;
  }
}
