import type { Report } from '../report.ts';
import type { Format } from '../serve/format.ts';
import { cut, oneLine } from './clean.ts';

/** Consul keeps 4 KB of what a check says. */
const MAX_BYTES = 4096;

/**
 * For HTTP checks of Consul, which alone takes 429 for a warning (developer.hashicorp.com/consul,
 * "Define health checks"); everybody else takes it for a failure, so it is a format of its own.
 */
export const consul: Format = {
  name: 'consul',
  types: [],
  write: (report) => ({
    body: outputOf(report),
    status: { pass: 200, warn: 429, fail: 503 }[report.status],
    headers: { 'content-type': 'text/plain; charset=utf-8' },
  }),
};

/** What to send to Consul's agent for a TTL check: `PUT /v1/agent/check/{path}/{id}?note=…`. */
export function consulTtl(report: Report): { path: 'pass' | 'warn' | 'fail'; note: string } {
  return { path: report.status, note: outputOf(report) };
}

function outputOf({ status, reasons }: Report): string {
  return cut(oneLine([status, ...reasons].join(' ')), MAX_BYTES);
}
