/** The body of a refusal, in any dialect. */
export interface Refusal {
  readonly type?: string;
  readonly code?: string;
  readonly error?: string | { readonly code: string | number; readonly type: string };
}

/** Our code, in the field where the caller's dialect has room for it. */
export function codeOf({ code, error }: Refusal): unknown {
  if (error === undefined || typeof error === 'string') return code;
  return typeof error.code === 'string' ? error.code : error.type;
}
