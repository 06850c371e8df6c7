import type { Duplex } from 'node:stream';
import type { ApiAdmitted } from '../request/exchange.ts';
import type { Running } from '../running.ts';
import type { ApiCall, ApiSink } from '../upstream/api-call.ts';
import { broken, type Verdict } from '../upstream/classify.ts';
import type { ApiTarget } from './api.ts';
import { learnBeside, learnFromFailure } from './learn.ts';
import { noteTry, type Candidates } from './retry.ts';

/** One upstream that is asked. */
interface Asked {
  readonly target: ApiTarget;
  readonly call: ApiCall;
}

/** The attempts of one request, as far as a second one at once is concerned. */
interface Attempting extends ApiSink {
  readonly exchange: ApiAdmitted;
  readonly running: Running;
  readonly candidates: Candidates;
  /** What was sent can be sent again while the first still has it. */
  readonly mayAskTwice: boolean;
  ask(target: ApiTarget, sink: ApiSink, onMade: (call: ApiCall) => void): void;
  /** What comes of this one is the caller's from now on. */
  goOnWith(asked: Asked): void;
}

/**
 * The same request at a second upstream while the first says nothing (`routing/silence.ts`): the caller is
 * given the answer that begins first.
 */
export class Beside {
  readonly #attempts: Attempting;
  #first: Asked | undefined;
  #second: (Asked & { readonly sink: Second }) | undefined;

  constructor(attempts: Attempting) {
    this.#attempts = attempts;
  }

  /** Nothing has come of it for longer than is usual. */
  async doubt(first: Asked): Promise<void> {
    const { exchange, candidates, mayAskTwice } = this.#attempts;
    const { silence } = first.target.load;
    if (!mayAskTwice || !(await silence.isSilentFor(first.call, exchange.trial !== undefined))) {
      return;
    }
    const other = first.call.isSettled ? undefined : candidates.beside();
    if (other === undefined) {
      silence.withdrawn(first.call);
      return;
    }
    this.#first = first;
    const sink = new Second(this.#attempts, this);
    this.#attempts.ask(other, sink, (call) => {
      this.#second = { target: other, call, sink };
    });
  }

  /** The first has failed. True: there is another, and it goes on with that. */
  takeOver(): boolean {
    const [first, second] = [this.#first, this.#second];
    if (first === undefined || second === undefined) return false;
    this.#second = undefined;
    first.target.load.silence.withdrawn(first.call);
    this.#attempts.goOnWith(second);
    second.sink.isChosen = true;
    return true;
  }

  /** The first is answered, or nobody waits any more. */
  drop(reason = 'outrun'): void {
    const [first, second] = [this.#first, this.#second];
    if (first === undefined || second === undefined) return;
    this.#second = undefined;
    second.call.cancel();
    const { exchange, running } = this.#attempts;
    const ms = running.clock.now() - second.call.startedAt;
    noteTry(exchange, second.target, reason, ms, running);
    first.target.load.silence.withdrawn(first.call);
  }

  /** The second begins to answer. False: it says what no caller should be given while another may say more. */
  isAnswered(status: number): boolean {
    const [first, second] = [this.#first, this.#second];
    if (first === undefined || second === undefined) return false;
    const { exchange, running } = this.#attempts;
    if (exchange.matched.api.repeatedFor.has(status)) {
      this.drop(`http_${status}`);
      return false;
    }
    const now = running.clock.now();
    first.call.cancel();
    first.target.load.silence.outrun(first.call, now);
    learnFromFailure(exchange, first.target, broken.silent, running);
    noteTry(exchange, first.target, broken.silent.reason, now - first.call.startedAt, running);
    return this.takeOver();
  }

  /** The second fails before the first. */
  isLost(verdict: Verdict): void {
    const { target } = this.#second ?? {};
    if (target !== undefined) learnBeside(target, verdict, this.#attempts.running);
    this.drop(verdict.reason);
  }
}

/** Tells the attempts what becomes of the second, once it is chosen. */
class Second implements ApiSink {
  isChosen = false;
  readonly #attempts: ApiSink;
  readonly #race: Pick<Beside, 'isAnswered' | 'isLost'>;

  constructor(attempts: ApiSink, race: Pick<Beside, 'isAnswered' | 'isLost'>) {
    this.#attempts = attempts;
    this.#race = race;
  }

  interim(status: number, headers: readonly Buffer[]): void {
    if (this.isChosen) this.#attempts.interim(status, headers);
  }

  head(status: number, headers: readonly Buffer[]): void {
    if (this.isChosen || this.#race.isAnswered(status)) this.#attempts.head(status, headers);
  }

  data(chunk: Buffer): boolean {
    return this.#attempts.data(chunk);
  }

  end(trailers: readonly Buffer[]): void {
    this.#attempts.end(trailers);
  }

  upgraded(headers: readonly Buffer[], socket: Duplex): void {
    if (this.isChosen) return this.#attempts.upgraded(headers, socket);
    // Nobody asked for that: what upgrades is asked once.
    socket.destroy();
    this.#race.isLost(broken.malformed);
  }

  fail(verdict: Verdict): void {
    if (this.isChosen) this.#attempts.fail(verdict);
    else this.#race.isLost(verdict);
  }
}
