import { useSyncExternalStore } from 'react';

let isPrinting = false;
// Before those of the components, which ask then.
globalThis.addEventListener('beforeprint', () => (isPrinting = true));
globalThis.addEventListener('afterprint', () => (isPrinting = false));

const subscribe = (tell: () => void): (() => void) => {
  globalThis.addEventListener('beforeprint', tell);
  globalThis.addEventListener('afterprint', tell);
  return () => {
    globalThis.removeEventListener('beforeprint', tell);
    globalThis.removeEventListener('afterprint', tell);
  };
};

/** Whether the page is being put on paper, or into a PDF (HTML, 8.10.2 Printing). */
export const usePrinting = (): boolean => useSyncExternalStore(subscribe, () => isPrinting);
