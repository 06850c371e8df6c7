import type { Report } from '../report.ts';
import { cut, oneLine } from './clean.ts';

/** Docker keeps so much of what a HEALTHCHECK prints (Dockerfile reference, "HEALTHCHECK"). */
const MAX_BYTES = 4096;

/** How a HEALTHCHECK command ends; 2 is reserved, so whatever is not well is 1. */
export function dockerResult({ status, reasons }: Report): { exit: 0 | 1; output: string } {
  const output = cut(oneLine([status, ...reasons].join(' ')), MAX_BYTES);
  return { exit: status === 'fail' ? 1 : 0, output };
}
