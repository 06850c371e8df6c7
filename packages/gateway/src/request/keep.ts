import type { CaptureConfig } from '@vitalgate/contract';
import type { Side } from '../capture/redact.ts';
import type { Running } from '../running.ts';
import type { Arrival } from './exchange.ts';
import { record, type Recorded } from './recording.ts';

/** The two sides of a call, as far as they can be read once it is over. */
interface Sides {
  request(): Side | undefined;
  answer(recorded: Recorded): Side | undefined;
}

/**
 * Keeps what a call asks and is answered when it is over: nothing of an answer that is an error,
 * which may say again what was asked, and no side that is too long.
 */
export function keep(
  { id, response, receipt }: Arrival,
  { captures }: Pick<Running, 'captures'>,
  { redact, maxBody }: CaptureConfig,
  sides: Sides,
): void {
  const short = (side: Side | undefined): Side | undefined =>
    side === undefined || side.bytes.length > maxBody ? undefined : side;
  let isOver = false;
  const over = (recorded: Recorded): void => {
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
      request: short(sides.request()),
      answer: recorded.status < 400 ? short(sides.answer(recorded)) : undefined,
    });
  };
  const soFar = record(response, maxBody, async (recorded) => over(recorded));
  // A caller that leaves has been told a part.
  response.once('close', () => over(soFar()));
}
