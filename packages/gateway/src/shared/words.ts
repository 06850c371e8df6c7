import type { Cancel, SavedTarget, Tracker } from '@vitalgate/health';

/**
 * What one process learns of a target the others take up: its rests, its recoveries, and what an
 * operator did. Each still sees for itself: a word of others moves a target, and is no evidence.
 */
export function shareTargets(
  tracker: Tracker,
  tell: (target: SavedTarget) => void,
): { hear: (target: SavedTarget) => void; close: Cancel } {
  // Set while a word of others is taken up, which is not to be told back to them.
  let isHearing = false;
  const close = tracker.onTransition(({ id }) => {
    if (isHearing) return;
    const target = tracker.dump().targets.find((one) => one.id === id);
    if (target !== undefined) tell(target);
  });
  return {
    hear(target) {
      isHearing = true;
      tracker.adopt(target);
      isHearing = false;
    },
    close,
  };
}
