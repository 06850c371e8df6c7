/** Every error this package raises by itself: one row each, so that a code has one meaning. */
export const healthErrors = {
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
