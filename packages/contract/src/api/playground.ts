import * as z from 'zod/mini';
import { count, ms } from './common.ts';
import { everyone, type EndpointTable } from './endpoint.ts';

/** A path of the gateway listener, such as `/v1/messages`; nothing that could name another host. */
const gatewayPath = z
  .string()
  .check(
    z.maxLength(300),
    z.regex(/^\/(?!\/)[\w.:/@-]*(\?[\w.=&-]*)?$/, 'expected a path such as /v1/chat/completions'),
  );

export const playgroundEndpoints = {
  'POST /api/playground': {
    tag: 'playground',
    summary: 'Sends a request to the gateway listener, and tells what came over the wire and when.',
    allow: everyone,
    // What is asked is the business of whoever asks.
    audited: false,
    body: z.strictObject({
      path: gatewayPath,
      /** Secret of a client key. */
      key: z.string().check(z.minLength(1), z.maxLength(512), z.regex(/^[\x21-\x7e]+$/)),
      /** JSON, sent as it is. */
      body: z.string().check(z.maxLength(524_288)),
    }),
    answer: z.object({
      status: z.int(),
      headers: z.record(z.string(), z.string()),
      /** Pieces of the body as they arrived, and when, counted from the sending. */
      pieces: z.array(z.object({ atMs: ms, text: z.string() })),
      /** Whether the body came to its end; it does not when it breaks off or is too long. */
      complete: z.boolean(),
      bytes: count,
      totalMs: ms,
    }),
  },
} as const satisfies EndpointTable;
