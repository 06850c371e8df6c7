import { useState } from 'react';

interface Versioned {
  readonly version: string;
}

interface DraftOf<Value extends Versioned, Draft> {
  readonly draft: Draft;
  /** Of what it was begun with. */
  readonly version: Value['version'];
  readonly change: (draft: Draft) => void;
  /** Forgets what was changed. */
  readonly reset: () => void;
}

/**
 * What somebody makes of a value. Untouched it follows the value; from the first touch it stays with
 * what it was begun with, and with the version of that: whatever somebody else has saved meanwhile is
 * told as a conflict then, and neither overwritten nor put over what was typed.
 */
export function useDraft<Value extends Versioned, Draft>(
  value: Value,
  draftOf: (value: Value) => Draft,
): DraftOf<Value, Draft> {
  const [held, setHeld] = useState<{ readonly base: Value; readonly draft: Draft }>();
  const base = held?.base ?? value;
  return {
    draft: held === undefined ? draftOf(value) : held.draft,
    version: base.version,
    change: (draft) => setHeld({ base, draft }),
    reset: () => setHeld(undefined),
  };
}
