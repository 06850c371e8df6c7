import { createServer, type Server } from 'node:net';
import { agentLine } from '../report/haproxy.ts';
import type { Report } from '../report.ts';

/**
 * Answers each connection with one line for HAProxy's `agent-check`, and closes it. What the agent
 * is sent (`agent-send`) is not read: there is one thing to say.
 */
export function agentServer(report: () => Report): Server {
  return createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end(agentLine(report()));
    socket.resume();
  });
}
