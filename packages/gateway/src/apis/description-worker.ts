import { parentPort, workerData } from 'node:worker_threads';
import { brokenIn, Description } from './openapi.ts';

/** The back of `description-source.ts`: compiles every schema of one document. */
parentPort?.postMessage(brokenIn(Description.read(workerData as string)));
