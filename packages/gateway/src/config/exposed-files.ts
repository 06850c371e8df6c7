import { statSync } from 'node:fs';
import { keyFileOf, type Place } from '../store/place.ts';
import { hasSecrets } from './document.ts';

/** Whoever else has an account on this machine (POSIX, `S_IROTH`). */
const OTHERS_MAY_READ = 0o004;

/** Files with secrets that every account of this machine may read. */
export function exposedFiles(
  config: { readonly path: string; readonly text: string } | undefined,
  place: Pick<Place, 'engine' | 'at'>,
): string[] {
  // There the bits say nothing of who may read.
  if (process.platform === 'win32') return [];
  const files = config !== undefined && hasSecrets(config.text) ? [config.path] : [];
  const keys = keyFileOf(place);
  if (keys !== undefined) files.push(place.at, keys);
  return files.filter((file) => {
    const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0;
    return (mode & OTHERS_MAY_READ) !== 0;
  });
}
