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

/** What `POST /api/playground` tells, by the name in its `event:` line: `head`, `piece` …, `end`. */
export const playEvents = {
  head: z.object({ status: z.int(), headers: z.record(z.string(), z.string()) }),
  /** A piece of the body as it arrived, and when, counted from the sending. */
  piece: z.object({ atMs: ms, text: z.string() }),
  end: z.object({
    /** Whether the body came to its end; it does not when it breaks off or is too long. */
    complete: z.boolean(),
    bytes: count,
    totalMs: ms,
  }),
} as const;

export type PlayEvent = {
  [Name in keyof typeof playEvents]: {
    readonly name: Name;
    readonly data: z.output<(typeof playEvents)[Name]>;
  };
}[keyof typeof playEvents];

export const playgroundEndpoints = {
  'POST /api/playground': {
    tag: 'playground',
    summary:
      'Sends a request to the gateway listener, and tells what comes over the wire as it comes: server-sent events `head`, `piece` and `end`.',
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
    media: 'text/event-stream',
  },
} as const satisfies EndpointTable;
