import type { Side } from '../capture/redact.ts';
import type { Running } from '../running.ts';
import type { Understood } from './exchange.ts';
import { record } from './recording.ts';

/**
 * Keeps what is asked and answered, where the configuration says so: the request as guardrails have
 * let it go on, the answer as its caller is told it. What guardrails refuse is not kept, nor an
 * answer that is an error, which may say again what was asked.
 */
export function capture(guarded: Understood, running: Running): void {
  const { config, captures } = running;
  if (config.capture === undefined) return;
  const { models, redact, maxBody } = config.capture;
  const { route, response, dialect, form, id, receipt } = guarded;
  if (models?.includes(route.name) === false) return;
  const side = (bytes: Buffer | undefined, isStream: boolean): Side | undefined =>
    bytes === undefined || bytes.length === 0 || bytes.length > maxBody
      ? undefined
      : { dialect, form, isStream, bytes };
  const asked = guarded.body;
  let isOver = false;
  const over = (status: number, body: Buffer | undefined): void => {
    if (isOver) return;
    isOver = true;
    const { at, keyId, team, owner } = receipt;
    captures.add({
      id,
      at,
      key_id: keyId ?? null,
      team: team ?? null,
      owner: owner ?? null,
      redact,
      request: side(asked, false),
      answer: status < 400 ? side(body, receipt.streamed) : undefined,
    });
  };
  const soFar = record(response, maxBody, async ({ status, body }) => over(status, body));
  // A caller that leaves has been told a part.
  response.once('close', () => over(response.statusCode, soFar().body));
}
