/**
 * The four verdicts every output is told from. `unknown` is never shown as `pass`: silence is
 * not health.
 */
export type Status = 'pass' | 'warn' | 'fail' | 'unknown';
