import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** What takes longer, or more memory, is nothing that somebody meant. */
const LONGEST_MS = 60_000;
const MOST_MEGABYTES = 1024;

/**
 * What a module makes of a text, on a thread of its own that ends with it: the first message it posts.
 *
 * @throws {Error} what the module throws, or that it takes too long or too much memory
 */
export async function madeBeside(
  module: URL,
  text: string,
  ...signals: AbortSignal[]
): Promise<unknown> {
  const worker = new Worker(module, {
    workerData: text,
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEGABYTES },
  });
  worker.unref();
  try {
    const [made] = (await once(worker, 'message', {
      signal: AbortSignal.any([AbortSignal.timeout(LONGEST_MS), ...signals]),
    })) as [unknown];
    return made;
  } finally {
    await worker.terminate();
  }
}
