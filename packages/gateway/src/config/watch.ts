import { createHash } from 'node:crypto';
import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Cancel, Clock } from '@vitalgate/health';

/** Editors and config maps write a file in several steps; they are one change. */
const SETTLE_MS = 200;

/**
 * Calls `changed` when the content of `file` has become another. Watches the folder, not the file:
 * editors replace files, and Kubernetes swaps a symbolic link beside them.
 *
 * @param inUse what was read of it a while ago; without it, what it is now is not told
 */
export function watchFile(file: string, clock: Clock, changed: () => void, inUse?: string): Cancel {
  let known = inUse === undefined ? undefined : digestOf(inUse);
  let settle: Cancel = () => {};

  const look = async () => {
    const text = await readFile(file).catch(() => undefined);
    if (text === undefined) return;
    const digest = digestOf(text);
    const isNew = known !== undefined && known !== digest;
    known = digest;
    if (isNew) changed();
  };

  const watcher = watch(dirname(file), { persistent: false }, () => {
    settle();
    settle = clock.after(SETTLE_MS, () => void look());
  });
  watcher.on('error', () => watcher.close());
  void look();
  return () => {
    settle();
    watcher.close();
  };
}

const digestOf = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');
