import { madeBeside } from '../one-off-thread.ts';
import { siblingModule } from '../sibling-module.ts';

/**
 * YAML as JSON can say it, read on a thread of its own: a megabyte takes seconds.
 *
 * @throws {Error} for what is no YAML, with the reason
 */
export async function yamlBeside(text: string): Promise<unknown> {
  return JSON.parse(String(await madeBeside(siblingModule('yaml-worker', import.meta.url), text)));
}
