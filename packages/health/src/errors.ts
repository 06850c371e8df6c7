/** Every error this package raises by itself: one row each, so that a code has one meaning. */
export const healthErrors = {
  invalid_check: 'A check cannot be declared like this.',
  duplicate_check: 'Two checks have the same name.',
  unknown_check: 'There is no check of this name.',
  unknown_format: 'There is no format of this name.',
  scope_not_allowed:
    'Liveness accepts local checks only: restarting this process mends nothing that others share.',
  invalid_policy: 'A threshold, duration or share is outside of what can be kept.',
  invalid_state: 'A saved state cannot be read; start without it.',
} as const;

export type HealthErrorCode = keyof typeof healthErrors;

/** Recognise it by `code`, which holds across copies of the package; the message may change. */
export class HealthError extends Error {
  override readonly name = 'HealthError';
  readonly code: HealthErrorCode;

  constructor(code: HealthErrorCode, detail: string) {
    super(`${healthErrors[code]} ${detail}`);
    this.code = code;
  }
}
