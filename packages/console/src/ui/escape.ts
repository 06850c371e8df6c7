import { useEffectEvent, useLayoutEffect } from 'react';

/** How each closes that is open over the page, the one on top last. */
const layers: (() => void)[] = [];

function onKeyDown(event: KeyboardEvent): void {
  if (event.key !== 'Escape' || event.isComposing) return;
  const { target } = event;
  // An open list of choices is closed first, by itself.
  const isOfList =
    target instanceof Element && target.getAttribute('data-mantine-stop-propagation') === 'true';
  if (!isOfList) layers.at(-1)?.();
}

/**
 * Closes by Escape what is open, and of what lies over each other the one on top alone. What is on top
 * is known the moment it is drawn: were it known by state, the next Escape could come before that is.
 */
export function useEscape(isOpen: boolean, close: () => void): void {
  const escape = useEffectEvent(close);
  useLayoutEffect(() => {
    if (!isOpen) return undefined;
    const layer = () => escape();
    if (layers.length === 0) globalThis.addEventListener('keydown', onKeyDown, { capture: true });
    layers.push(layer);
    return () => {
      layers.splice(layers.indexOf(layer), 1);
      if (layers.length > 0) return;
      globalThis.removeEventListener('keydown', onKeyDown, { capture: true });
    };
  }, [isOpen]);
}
