import { judgingOf } from '../guard/answer-guard.ts';
import { bodyReading } from '../guard/api-bodies.ts';
import type { Guardrail, Side } from '../guard/guardrail.ts';
import { judge, type Judging } from '../guard/judge.ts';
import { Placeholders } from '../guard/placeholders.ts';
import { askAll } from '../guard/webhook.ts';
import type { ApiAdmitted } from '../request/exchange.ts';
import { note } from '../request/guard.ts';
import type { Running } from '../running.ts';
import { CLOSE, frameOf, MessageReader, TEXT, Violation, type Message } from './frames.ts';

/** So many values are put back in answers; beyond it a connection of days would keep them all. */
const MOST_PLACEHOLDERS = 1000;

/** What may pass on, and why nothing more may. */
export interface Passed {
  readonly bytes: Buffer;
  readonly closing: Violation | undefined;
}

/** Whether guardrails read the messages of a WebSocket. */
export const readsMessages = ({ upgrade, guarding }: ApiAdmitted): boolean =>
  upgrade !== undefined &&
  guarding !== undefined &&
  guarding.applied.request.guardrails.length + guarding.applied.answer.guardrails.length > 0;

/** What stands in both directions of a WebSocket; undefined where nothing reads it. */
export function messageGuards(
  exchange: ApiAdmitted,
  running: Running,
): { readonly sent: MessageGuard; readonly received: MessageGuard } | undefined {
  if (!readsMessages(exchange)) return undefined;
  return {
    sent: new MessageGuard('request', exchange, running),
    received: new MessageGuard('answer', exchange, running),
  };
}

/**
 * Guardrails on the messages of one direction of a WebSocket: each is judged by itself, whole, and
 * passes as it came unless something was taken out of it.
 */
export class MessageGuard {
  readonly #side: Side;
  readonly #exchange: ApiAdmitted;
  readonly #running: Running;
  readonly #reader: MessageReader;
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(side: Side, exchange: ApiAdmitted, running: Running) {
    const { maxBody } = running.config.server;
    const most = Math.min(exchange.matched.api.maxBody ?? maxBody, maxBody);
    this.#side = side;
    this.#exchange = exchange;
    this.#running = running;
    this.#reader = new MessageReader(this.#isMasked, most);
  }

  /** One after the other, in the order in which they came. */
  push(chunk: Buffer): Promise<Passed> {
    const passed = this.#last.then(() => this.#take(chunk));
    this.#last = passed;
    return passed;
  }

  /** Resolves when all that has come was judged. */
  async settled(): Promise<void> {
    await this.#last;
  }

  /** As what a client sends (RFC 6455, section 5.1). */
  get #isMasked(): boolean {
    return this.#side === 'request';
  }

  async #take(chunk: Buffer): Promise<Passed> {
    const out: Buffer[] = [];
    let closing: Violation | undefined;
    try {
      if (this.#isClosed) return { bytes: Buffer.alloc(0), closing };
      for (const message of this.#reader.push(chunk)) out.push(await this.#judged(message));
    } catch (error) {
      this.#isClosed = true;
      closing = error instanceof Violation ? error : this.#failed(error);
    }
    return { bytes: out.length === 1 && out[0] ? out[0] : Buffer.concat(out), closing };
  }

  /** The frame that passes on. */
  async #judged({ opcode, payload, raw }: Message): Promise<Buffer> {
    // A close begins with its code.
    const start = opcode === CLOSE ? Math.min(2, payload.length) : 0;
    const said = payload.subarray(start);
    const judging = this.#judging(opcode === TEXT ? 'text/plain' : 'application/octet-stream');
    const changed = judging && said.length > 0 ? await this.#changed(judging, said) : said;
    if (changed === said) return raw ?? frameOf(opcode, payload, this.#isMasked);
    return frameOf(opcode, Buffer.concat([payload.subarray(0, start), changed]), this.#isMasked);
  }

  async #changed(judging: Judging, said: Buffer): Promise<Buffer> {
    const judged = await judge(judging, said);
    note(judged.notes, this.#exchange, this.#running);
    refuse(judged.blockedBy);
    const asked = await askAll(judging, judged.texts);
    note(asked.notes, this.#exchange, this.#running);
    refuse(asked.blockedBy);
    return judged.bytes;
  }

  #judging(contentType: string): Judging | undefined {
    const { guarding } = this.#exchange;
    if (guarding === undefined) return undefined;
    const { applied } = guarding;
    const read = bodyReading(contentType, this.#side);
    if (this.#side === 'answer') return judgingOf(guarding, read);
    if (guarding.placeholders.size >= MOST_PLACEHOLDERS) {
      this.#exchange.guarding = { applied, placeholders: new Placeholders() };
    }
    const { placeholders } = this.#exchange.guarding ?? guarding;
    const { guardrails, search } = applied.request;
    return guardrails.length === 0
      ? undefined
      : { read, side: 'request', guardrails, search, placeholders };
  }

  /** A guard that fails lets nothing pass. */
  #failed(error: unknown): Violation {
    const { id } = this.#exchange;
    this.#running.log.error({ err: error, request: id }, 'a guardrail failed on a message');
    return new Violation(1011, 'internal_error', 'a guardrail failed');
  }
}

function refuse(guardrail: Guardrail | undefined): void {
  if (guardrail === undefined) return;
  const message = `the guardrail ${guardrail.name} does not let this message pass`;
  throw new Violation(1008, 'guardrail_blocked', message);
}
