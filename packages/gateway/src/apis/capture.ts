import { answerSide } from '../capture/http-side.ts';
import { isKept } from '../capture/scope.ts';
import type { ApiAdmitted } from '../request/exchange.ts';
import { keep } from '../request/keep.ts';
import { recordBody } from '../request/recording.ts';
import type { Running } from '../running.ts';
import { hasBody, isPlain } from './message.ts';

/**
 * Keeps a call of an HTTP API, where the configuration says so: its method, address and body, as
 * guardrails have let them go on, and the answer's body as its caller is told it. No header is kept,
 * for they hold credentials, and no message of a WebSocket.
 */
export function captureApi(guarded: ApiAdmitted, running: Running): void {
  const { capture: config } = running.config;
  const { matched, request, headers, upgrade, guardedBody } = guarded;
  if (config === undefined || upgrade !== undefined) return;
  if (!isKept(config, 'apis', matched.api.name)) return;
  const { path, query } = matched;
  const address = { method: request.method ?? '', path, query };
  const read = hasBody(guarded) ? recordBody(request, config.maxBody) : () => Buffer.alloc(0);
  keep(guarded, running, config, {
    request() {
      const bytes = guardedBody ?? read();
      if (bytes === undefined || !isPlain(headers.contentEncoding)) return undefined;
      return { contentType: headers.contentType ?? '', bytes, address };
    },
    answer: answerSide,
  });
}
