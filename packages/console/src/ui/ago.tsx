import { useSyncExternalStore } from 'react';
import { formatAgo, formatDateTime } from './format.ts';

/** One ticker for all that is told as "ago"; it stands still while nothing on the page needs it. */
const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  now = Date.now();
  timer ??= setInterval(() => {
    now = Date.now();
    for (const tell of listeners) tell();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** Wall-clock milliseconds, anew each second. */
export const useNow = (): number => useSyncExternalStore(subscribe, () => now);

export function Ago({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={formatDateTime(at)} className="numeric">
      {formatAgo(at, useNow())}
    </time>
  );
}
