/**
 * Opens chat streams and times each chunk by the stamp inside it, a process of its own.
 * `node stream-loader.ts JSON` with a StreamTask; prints a StreamReport as JSON.
 */
import { usageOf, type Usage } from './cpu.ts';
import { Connection } from './connection.ts';
import { chatBody, postRequest } from './payloads.ts';
import { monotonicMicros, StampReader } from './stamp.ts';
import { Samples } from './statistics.ts';

export interface StreamTask {
  readonly port: number;
  readonly headers: Record<string, string>;
  readonly model: string;
  readonly streams: number;
  /** Streams opened and closed beforehand, so that the code for streams is already in memory. */
  readonly firstStreams: number;
  /** From the last stream opened to the first chunk that counts. */
  readonly settleMs: number;
  readonly measureMs: number;
  readonly pid?: number;
}

export interface StreamReport {
  readonly chunks: number;
  /** Streams whose chunks were still arriving at the end. */
  readonly alive: number;
  readonly failed: number;
  readonly firstFailure?: string;
  readonly wallMicros: number;
  /** From the upstream's stamp to the arrival here. */
  readonly delayMicros: { readonly p50: number; readonly p99: number };
  readonly gateway?: {
    readonly cpuMicros: number;
    /** Before the streams were opened, and with all of them open. */
    readonly residentBytesBefore: number;
    readonly residentBytes: number;
  };
}

const task = JSON.parse(process.argv[2] ?? '') as StreamTask;
const request = postRequest(
  task.port,
  '/v1/chat/completions',
  task.headers,
  chatBody(task.model, 'small', true),
);
const OPENED_PER_TICK = 5;
const TICK_MS = 10;

const delays = new Samples();
let failed = 0;
let firstFailure: string | undefined;

class StreamLane {
  readonly connection: Connection;
  chunks = 0;

  constructor() {
    const stamps = new StampReader();
    const onStamp = (micros: number): void => {
      this.chunks += 1;
      delays.add(monotonicMicros() - micros);
    };
    const onFailure = (reason: string): void => {
      firstFailure ??= reason;
      failed += 1;
    };
    this.connection = new Connection(task.port, {
      body: (bytes, start, end) => stamps.read(bytes, start, end, onStamp),
      answered: (error) => onFailure(error ?? 'a stream that never ends has ended'),
      broken: onFailure,
    });
    this.connection.send(request);
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function open(count: number): Promise<StreamLane[]> {
  const lanes: StreamLane[] = [];
  while (lanes.length < count) {
    for (let n = 0; n < OPENED_PER_TICK && lanes.length < count; n++) lanes.push(new StreamLane());
    await sleep(TICK_MS);
  }
  return lanes;
}

function usage(): Usage | undefined {
  return task.pid === undefined ? undefined : usageOf(task.pid);
}

for (const lane of await open(task.firstStreams)) {
  await sleep(TICK_MS);
  lane.connection.destroy();
}
await sleep(task.firstStreams === 0 ? 0 : 1000);

const unopened = usage();
const lanes = await open(task.streams);
await sleep(task.settleMs);

delays.clear();
for (const lane of lanes) lane.chunks = 0;
const before = usage();
const began = monotonicMicros();
await sleep(task.measureMs);
const wallMicros = monotonicMicros() - began;
const after = usage();

const report: StreamReport = {
  chunks: delays.count,
  alive: lanes.filter((lane) => lane.chunks > 0).length,
  failed,
  ...(firstFailure === undefined ? {} : { firstFailure }),
  wallMicros,
  delayMicros: { p50: delays.percentile(0.5), p99: delays.percentile(0.99) },
  ...(unopened === undefined || before === undefined || after === undefined
    ? {}
    : {
        gateway: {
          cpuMicros: after.cpuMicros - before.cpuMicros,
          residentBytesBefore: unopened.residentBytes,
          residentBytes: after.residentBytes,
        },
      }),
};
process.stdout.write(JSON.stringify(report), () => process.exit(0));
