import type { Duplex } from 'node:stream';
import { Failure } from '@vitalgate/contract';
import { announce } from '../request/announce.ts';
import { noHealthyTarget } from '../request/choose.ts';
import { conclude } from '../request/conclude.ts';
import { endOfCut } from '../request/ending.ts';
import type { ApiAdmitted, Served } from '../request/exchange.ts';
import { CallerLeft } from '../request/left.ts';
import { endTrial } from '../request/trial.ts';
import type { Running } from '../running.ts';
import { ApiCall, type ApiSink } from '../upstream/api-call.ts';
import { broken, type Verdict } from '../upstream/classify.ts';
import { Beside } from './beside.ts';
import { Answer } from './answer.ts';
import { linksIn } from './answer-head.ts';
import type { ApiTarget } from './api.ts';
import { Violation } from './frames.ts';
import { SWITCHING } from './head-lines.ts';
import { WithoutEcho } from './echo.ts';
import { fieldIn, isRecoded } from './incoming.ts';
import { learnFromFailure, learnFromHead } from './learn.ts';
import { messageGuards } from './message-guard.ts';
import type { Passing, Prepared } from './passing.ts';
import { forgetChanged, recallingFor, type Recalling, type Retold } from './recall.ts';
import { asFailure, Candidates, isRepeatable, isSafe, isUnsent, noteTry } from './retry.ts';
import { Sending } from './sending.ts';
import { mayBeFault } from './soap-answer.ts';
import { Tunnel } from './tunnel.ts';

/** One request on its way through its upstreams, one after the other, until one answers. */
export class Attempts implements ApiSink, Served, Passing {
  readonly exchange: ApiAdmitted;
  readonly running: Running;
  readonly prepared: Prepared;
  isOver = false;
  readonly candidates: Candidates;
  readonly #sending: Sending;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  /** Where its API remembers answers, and it asks for one that could be. */
  #recalling: Recalling | undefined;
  #target: ApiTarget | undefined;
  #call: ApiCall | undefined;
  #beside: Beside | undefined;
  #answer: Answer | undefined;
  #tunnel: Tunnel | undefined;

  constructor(options: {
    readonly exchange: ApiAdmitted;
    readonly running: Running;
    readonly prepared: Prepared;
    readonly resolve: () => void;
    readonly reject: (error: unknown) => void;
  }) {
    const { exchange, running, prepared } = options;
    this.exchange = exchange;
    this.running = running;
    this.prepared = prepared;
    this.candidates = new Candidates(prepared.candidates, exchange, running);
    this.#sending = new Sending(options, (failure) => this.refuse(failure));
    this.#resolve = options.resolve;
    this.#reject = options.reject;
  }

  start(): void {
    const { response } = this.exchange;
    this.exchange.served = this;
    response.on('drain', () => {
      if (this.#answer?.hasOwnPace !== true) this.#call?.resume();
    });
    if (this.exchange.matched.api.cache === undefined) this.#askInOrder();
    else void this.#recall();
  }

  #askInOrder(): void {
    const target = this.candidates.next();
    if (target !== undefined) {
      void this.#askFirst(target);
      return;
    }
    const { name, targets } = this.exchange.matched.api;
    this.#giveUpOn(
      this.candidates.isFull
        ? new Failure('overloaded', `the upstreams of ${name} are full; wait and try again`, {
            retryAfter: 1,
          })
        : noHealthyTarget(this.running, name, targets),
    );
  }

  async #askFirst(target: ApiTarget): Promise<void> {
    try {
      if (this.#isOwed) await announce(this.exchange, target, undefined, this.running);
    } catch (error) {
      if (!this.isOver) this.giveUp(error);
      return;
    }
    if (this.isOver) return;
    this.running.retryBudget.deposit();
    this.#ask(target);
  }

  // An attempt's side

  interim(status: number, headers: readonly Buffer[]): void {
    const { request, response } = this.exchange;
    this.#target?.load.silence.heard(this.running.clock.now());
    // RFC 9110, section 15.2: a client of HTTP/1.0 knows none of them.
    if (status !== 103 || request.httpVersion === '1.0' || response.headersSent) return;
    const links = linksIn(headers);
    if (links.length > 0) response.writeEarlyHints({ link: links });
  }

  head(status: number, headers: readonly Buffer[]): void {
    const { exchange, running } = this;
    const { receipt, matched } = exchange;
    const target = this.#target as ApiTarget;
    const call = this.#call as ApiCall;
    if (isRecoded(headers)) {
      call.break(broken.malformed);
      return;
    }
    const now = running.clock.now();
    const ms = now - call.startedAt;
    target.load.silence.heard(now);
    if (status < 500) target.load.silence.answered(ms, false);
    this.#beside?.drop();
    // A fault is an answer like any other: of the service, and not about it.
    const isFault =
      this.prepared.soap !== undefined && mayBeFault(status, fieldIn(headers, 'content-type'));
    noteTry(exchange, target, status >= 500 ? `http_${status}` : 'ok', ms, running);
    learnFromHead(exchange, target, isFault ? 200 : status, ms, running);
    if (!isFault && matched.api.repeatedFor.has(status) && this.#mayRepeat()) {
      const next = this.candidates.nextOnBudget();
      if (next !== undefined) {
        call.cancel();
        this.#ask(next);
        return;
      }
    }
    if (receipt.attempts > 1 && status < 500) running.retryBudget.refund();
    receipt.firstMs = ms;
    forgetChanged(exchange, this.#sending, status, running);
    const retold = this.#recalling?.heed(status, headers, target.id);
    if (retold === undefined) {
      this.#begin(status, headers, target);
      return;
    }
    call.cancel();
    this.#retell(retold);
  }

  data(chunk: Buffer): boolean {
    this.#recalling?.data(chunk);
    return this.#answer?.push(chunk) ?? true;
  }

  end(trailers: readonly Buffer[]): void {
    this.#recalling?.end();
    this.#answer?.end(trailers);
  }

  upgraded(headers: readonly Buffer[], upstream: Duplex): void {
    const { receipt, upgrade, matched } = this.exchange;
    if (upgrade === undefined) {
      upstream.destroy();
      this.fail(broken.malformed);
      return;
    }
    this.head(SWITCHING, headers);
    this.#tunnel = new Tunnel({
      caller: upgrade.socket,
      upstream,
      idleMs: matched.api.timeouts.tunnel,
      running: this.running,
      guards: messageGuards(this.exchange, this.running),
      onOver: (reason) => {
        conclude(
          this.exchange,
          this.running,
          reason === undefined ? 'completed' : endOfCut(reason),
          reason,
        );
        this.finish();
      },
    });
    receipt.streamed = true;
    if (upgrade.head.length > 0) upgrade.socket.unshift(upgrade.head);
  }

  fail(verdict: Verdict): void {
    if (this.isOver) return;
    const target = this.#target as ApiTarget;
    learnFromFailure(this.exchange, target, verdict, this.running);
    if (this.#isCommitted) {
      // Inside an answer nothing can be told but that it is cut.
      this.cut(verdict.reason);
      return;
    }
    const { startedAt } = this.#call as ApiCall;
    const ms = this.running.clock.now() - startedAt;
    noteTry(this.exchange, target, verdict.reason, ms, this.running);
    if (this.#beside?.takeOver() === true) return;
    // What was never sent can be sent elsewhere, whatever it asks for.
    const mayRepeat = isUnsent(verdict) ? this.#sending.isWhole : this.#mayRepeat();
    const next = mayRepeat && verdict.anotherCanHelp ? this.candidates.nextOnBudget() : undefined;
    if (next === undefined) this.#giveUpOn(asFailure(target, verdict));
    else this.#ask(next);
  }

  // An answer's side

  resume(): void {
    this.#call?.resume();
  }

  cancel(): void {
    this.#call?.cancel();
  }

  giveUp(error: unknown): void {
    this.#end();
    this.#reject(error);
  }

  cut(reason: string): void {
    conclude(this.exchange, this.running, endOfCut(reason), reason);
    this.exchange.response.destroy();
    this.finish();
  }

  finish(): void {
    this.#end();
    this.#resolve();
  }

  // Our side

  /** Answers what is remembered, or asks. */
  async #recall(): Promise<void> {
    const { api } = this.exchange.matched;
    const [first] = api.targets;
    try {
      const { method, query } = this.#sending;
      const headers = first === undefined ? [] : this.#sending.headersFor(first);
      this.#recalling = recallingFor(this.exchange, { method, query, headers }, this.running);
      const retold = await this.#recalling?.fresh();
      if (this.isOver) return;
      if (this.#recalling !== undefined) {
        this.running.metrics.recalled(api.name, this.#recalling.state);
      }
      if (retold === undefined) this.#askInOrder();
      else this.#retell(retold);
    } catch (error) {
      if (!this.isOver) this.giveUp(error);
    }
  }

  /** An answer begins: an upstream's, or a remembered one. */
  #begin(status: number, headers: readonly Buffer[], target: ApiTarget): Answer {
    this.#answer?.drop();
    const answer = new Answer(this, status);
    this.#answer = answer;
    answer.begin(headers, target, this.#recalling?.state);
    return answer;
  }

  #retell({ status, lines, body, target: id }: Retold): void {
    const { targets } = this.exchange.matched.api;
    const target = targets.find((one) => one.id === id) ?? targets[0];
    if (target === undefined) return;
    this.exchange.receipt.target = target;
    const answer = this.#begin(status, lines, target);
    if (body.length > 0) answer.push(body);
    answer.end([]);
  }

  /** A failure of all upstreams; an old answer may stand in for theirs. */
  #giveUpOn(failure: Failure): void {
    const retold = this.#recalling?.stale();
    if (retold === undefined) this.giveUp(failure);
    else this.#retell(retold);
  }

  #ask(target: ApiTarget): void {
    this.#target = target;
    this.#answer?.drop();
    this.#answer = undefined;
    this.exchange.receipt.target = target;
    this.ask(target, this, (call) => {
      this.#call = call;
    });
  }

  ask(target: ApiTarget, sink: ApiSink, onMade: (call: ApiCall) => void): void {
    const { receipt, matched } = this.exchange;
    const { clock, deadlines } = this.running;
    const { ownSecrets, timeouts } = matched.api;
    const { connect, head, idle, total } = timeouts;
    const { load } = target;
    receipt.attempts += 1;
    load.inFlight += 1;
    const call = new ApiCall({
      door: target.door,
      clock,
      deadlines,
      sink: ownSecrets.length === 0 ? sink : new WithoutEcho(sink, ownSecrets),
      timeouts: {
        connectMs: connect,
        headMs: head,
        idleMs: idle,
        deadlineAt: total === undefined ? Number.POSITIVE_INFINITY : receipt.arrivedAt + total,
        ...(this.candidates.areLeft && { patienceMs: load.silence.patienceMs(false, head) }),
      },
      onLate: this.#onLate,
      onOver() {
        load.inFlight -= 1;
      },
    });
    onMade(call);
    const sent = this.#sending.to(target, () => call.break(broken.head));
    const headers = this.#sending.headersFor(target);
    target.door.send({ ...sent, headers: this.#recalling?.asking(headers) ?? headers }, call);
  }

  get mayAskTwice(): boolean {
    return this.#mayRepeat() && this.#sending.isKept && this.exchange.upgrade === undefined;
  }

  goOnWith({ target, call }: { readonly target: ApiTarget; readonly call: ApiCall }): void {
    this.#target = target;
    this.#call = call;
    this.exchange.receipt.target = target;
  }

  readonly #onLate = (call: ApiCall): void => {
    const target = this.#target;
    if (target === undefined || call !== this.#call) return;
    this.#beside ??= new Beside(this);
    void this.#beside.doubt({ target, call });
  };

  get #isCommitted(): boolean {
    return this.#answer?.isCommitted === true;
  }

  /**
   * A process that dies must leave a line of it. What changes nothing and counts towards no limit is
   * owed to nobody until it was answered.
   */
  get #isOwed(): boolean {
    const { limits, upgrade } = this.exchange;
    return limits.length > 0 || upgrade !== undefined || !isSafe(this.#sending.method);
  }

  #mayRepeat(): boolean {
    return isRepeatable(this.exchange, this.#sending.method) && this.#sending.isWhole;
  }

  /** The caller's body is none that could be passed on, or it may ask no longer. */
  refuse(failure: Failure): void {
    if (this.isOver) return;
    if (this.#tunnel !== undefined) {
      // RFC 6455, section 7.4.1: 1008 is for what goes against a policy.
      this.#tunnel.refuse(new Violation(1008, failure.code, failure.message));
      return;
    }
    if (this.#answer?.isCommitted === true) {
      this.#answer.refuse(failure);
      return;
    }
    this.#call?.cancel();
    this.giveUp(failure);
  }

  /** The caller has left; a tunnel sees that by itself. */
  abandon(): void {
    if (this.isOver || this.#tunnel !== undefined) return;
    this.#call?.cancel();
    if (this.#isCommitted) {
      conclude(this.exchange, this.running, 'abandoned', 'caller_left');
      this.finish();
    } else this.giveUp(new CallerLeft());
  }

  #end(): void {
    this.isOver = true;
    this.#beside?.drop();
    this.#answer?.drop();
    const { metrics } = this.running;
    const { name } = this.exchange.matched.api;
    metrics.passedOn(name, 'request', this.#sending.bytes ?? this.#tunnel?.sent ?? 0);
    metrics.passedOn(name, 'answer', this.#tunnel?.received ?? this.#answer?.bytes ?? 0);
    this.exchange.served = undefined;
    endTrial(this.exchange, this.running);
  }
}
