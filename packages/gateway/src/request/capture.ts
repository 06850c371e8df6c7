import { isKept } from '../capture/scope.ts';
import type { Running } from '../running.ts';
import type { Understood } from './exchange.ts';
import { keep } from './keep.ts';

/**
 * Keeps what a model is asked and answers, where the configuration says so: the request as
 * guardrails have let it go on, the answer as its caller is told it. What guardrails refuse is not
 * kept.
 */
export function capture(guarded: Understood, running: Running): void {
  const { capture: config } = running.config;
  if (config === undefined || !isKept(config, 'models', guarded.route.name)) return;
  const { dialect, form, body, receipt } = guarded;
  const side = (bytes: Buffer | undefined, isStream: boolean) =>
    bytes === undefined || bytes.length === 0 ? undefined : { dialect, form, isStream, bytes };
  keep(guarded, running, config, {
    request: () => side(body, false),
    answer: (recorded) => side(recorded.body, receipt.streamed),
  });
}
