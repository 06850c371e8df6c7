import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { BenchError } from '../errors.ts';

const TRIES = 100;
const PAUSE_MS = 100;

/** Waits for a program that does not say when it listens. @throws BenchError after ten seconds. */
export async function waitForPort(port: number): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    if (await listens(port)) return;
    await sleep(PAUSE_MS);
  }
  throw new BenchError(`nothing listens on port ${port}`);
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
