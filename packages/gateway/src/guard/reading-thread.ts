import type { Clock } from '@vitalgate/health';
import { JobThread } from '../job-thread.ts';
import { siblingModule } from '../sibling-module.ts';
import type { BodyText } from './body-text.ts';
import type { Found } from './hit.ts';
import { Hits } from './hits.ts';
import type { FromReading, ToReading } from './reading-messages.ts';
import type { Beside, Search } from './search.ts';

/** Reads long texts, one after the other. What it cannot do is left to who asked: undefined. */
export class ReadingThread implements Beside {
  readonly #thread: JobThread<ToReading, FromReading>;

  constructor(clock: Clock, onDeath: (problem: string) => void) {
    this.#thread = new JobThread({
      module: siblingModule('reading-worker', import.meta.url),
      memoryMb: 256,
      // One that waits longer is read by who asked.
      longestWaitMs: 500,
      clock,
      onDeath,
    });
  }

  async read(search: Search, bytes: Buffer, text: BodyText): Promise<Found | undefined> {
    const { start, end, kind, coding, base64From } = text;
    const answer = await this.#thread.run(() => {
      // A copy: others read the body as well.
      const copy = Uint8Array.from(bytes.subarray(start, end));
      const told: ToReading = {
        guardrails: search.written,
        restores: search.restores,
        bytes: copy,
        text: { kind, coding, base64From, start: 0, end: copy.length },
      };
      return { told, moved: [copy.buffer] };
    });
    if (typeof answer === 'string' || answer.length === undefined) return undefined;
    return { length: answer.length, hits: new Hits(search.guardrails, answer.hits) };
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}
