/** Signals this close together are one: npm passes on what the terminal has sent us already. */
const ONE_SIGNAL_MS = 1000;

/** Calls `stop` at the first SIGTERM or SIGINT, and `force` at a later one: then somebody means it. */
export function onStopSignals(stop: () => void, force: () => void): void {
  let isStopping = false;
  let isOver = false;
  const heed = (): void => {
    if (isOver) return force();
    if (isStopping) return;
    isStopping = true;
    setTimeout(() => (isOver = true), ONE_SIGNAL_MS);
    stop();
  };
  process.on('SIGTERM', heed);
  process.on('SIGINT', heed);
}
