import { setFlagsFromString } from 'node:v8';

/** Young buffers beyond four times this many MB are looked through at once (V8's `heap.cc`). */
const YOUNG_MB = 4;

/**
 * Has what was read and passed on collected among the young objects, a millisecond for every 16 MB. As
 * V8 13 has it by itself, 64 MB of buffers start a collection of the whole heap before that, which
 * costs more than moving the bytes does (decision 18). Versions after it do not know the flag.
 */
export function collectBuffersYoung(): void {
  if (!process.versions.v8.startsWith('13.')) return;
  setFlagsFromString(`--scavenger-max-new-space-capacity-mb=${YOUNG_MB}`);
}
