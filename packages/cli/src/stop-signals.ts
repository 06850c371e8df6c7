import type { StopOptions } from '@vitalgate/gateway';

/** Signals this close together are one: npm passes on what the terminal has sent us already. */
const ONE_SIGNAL_MS = 1000;

/** SIGTERM comes from what runs us, where others may send calls; SIGINT from a person. */
export const isOfBalanced = (signal: NodeJS.Signals): boolean => signal === 'SIGTERM';

/** Calls `stop` at the first SIGTERM or SIGINT, and `force` at a later one: then somebody means it. */
export function onStopSignals(stop: (options: StopOptions) => void, force: () => void): void {
  let isStopping = false;
  let isOver = false;
  const heed = (signal: NodeJS.Signals): void => {
    if (isOver) return force();
    if (isStopping) return;
    isStopping = true;
    setTimeout(() => (isOver = true), ONE_SIGNAL_MS);
    stop({ isBalanced: isOfBalanced(signal) });
  };
  process.on('SIGTERM', heed);
  process.on('SIGINT', heed);
}
