import { z } from 'zod';

/** What several instances agree over: limits, budgets, and which targets rest. */
export const shared = z
  .string()
  .refine((text) => /^rediss?:$/.test(URL.parse(text)?.protocol ?? ''), {
    error: 'expected redis://HOST:6379, or rediss:// for TLS',
  })
  .optional();
