import { z } from 'zod';
import { flag, known } from './fields.ts';

/** The section `documents`: what callers may read about what they may call. */
export const documents = known({
  /** `GET /openapi.json`, and a page of it at `/docs`, on the gateway listener. */
  enabled: flag.default(false),
  title: z.string().min(1).max(200).default('API'),
  description: z.string().max(10_000).optional(),
});
