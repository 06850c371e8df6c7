import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { siblingModule } from '../sibling-module.ts';

/** A document that takes longer, or more memory, is none that describes an API. */
const LONGEST_MS = 60_000;
const MOST_MEGABYTES = 1024;

/**
 * YAML as JSON can say it, read on a thread of its own: a megabyte takes seconds.
 *
 * @throws {Error} for what is no YAML, with the reason
 */
export async function yamlBeside(text: string): Promise<unknown> {
  const worker = new Worker(siblingModule('yaml-worker', import.meta.url), {
    workerData: text,
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEGABYTES },
  });
  worker.unref();
  try {
    const [json] = (await once(worker, 'message', {
      signal: AbortSignal.timeout(LONGEST_MS),
    })) as [string];
    return JSON.parse(json);
  } finally {
    await worker.terminate();
  }
}
