import { parentPort, workerData } from 'node:worker_threads';
import { parse } from 'yaml';

/** The back of `yaml-beside.ts`: one document, told as JSON. */
parentPort?.postMessage(JSON.stringify(parse(workerData as string)) ?? 'null');
