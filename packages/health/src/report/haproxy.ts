import type { Report } from '../report.ts';
import type { Format } from '../serve/format.ts';
import { cut, oneLine } from './clean.ts';

/** HAProxy's buffer is larger; a reason is not. */
const MAX_REASON = 200;

/**
 * The line of an agent check (HAProxy Configuration Manual, "agent-check"). Words that are not said
 * stay as they were, so each state says all: only the agent can take back its own `drain`.
 */
export function agentLine({ status, phase, reasons }: Report): string {
  if (phase === 'draining') return 'drain\n';
  if (phase === 'maintenance') return 'maint\n';
  if (status === 'pass') return 'up ready 100%\n';
  if (status === 'warn') return 'up ready 50%\n';
  const reason = cut(oneLine(reasons[0] ?? phase).replaceAll(/[,#]/g, ' '), MAX_REASON);
  return `down #${reason}\n`;
}

export const haproxy: Format = {
  name: 'haproxy',
  types: [],
  write: (report) => ({
    body: agentLine(report),
    headers: { 'content-type': 'text/plain; charset=utf-8' },
  }),
};
