import { valueIn } from '../apis/head-lines.ts';
import { isPlain } from '../apis/message.ts';
import type { Recorded } from '../request/recording.ts';
import type { HttpSide } from './redact.ts';

/** An answer that is no model's; undefined where it is empty, too long or compressed. */
export function answerSide({ head, body }: Recorded): HttpSide | undefined {
  if (body === undefined || body.length === 0) return undefined;
  if (!isPlain(valueIn(head, 'content-encoding'))) return undefined;
  return { contentType: valueIn(head, 'content-type') ?? '', bytes: body };
}
