import type { Duplex, Readable } from 'node:stream';
import { Failure } from '@vitalgate/contract';
import { FormatError, type FormatName, type Value } from '@vitalgate/formats';
import { noHealthyTarget } from '../request/choose.ts';
import { readBody, tooLarge } from '../request/body.ts';
import { conclude } from '../request/conclude.ts';
import { apiGuardFor, unreadBy } from '../guard/api-answer.ts';
import type { AnswerGuard } from '../guard/answer-guard.ts';
import type { Guardrail } from '../guard/guardrail.ts';
import { announce } from '../request/announce.ts';
import { blocked, guardrailField } from '../request/guard.ts';
import { CallerLeft } from '../request/left.ts';
import type { Abandonable, ApiAdmitted } from '../request/exchange.ts';
import { problemDetails } from '../request/problem.ts';
import { endTrial, mayTry, trialOver } from '../request/trial.ts';
import type { Running } from '../running.ts';
import { ApiCall, type ApiSink } from '../upstream/api-call.ts';
import { broken, isTimeout, type Verdict } from '../upstream/classify.ts';
import { MAX_IN_FLIGHT, type ApiTarget } from './api.ts';
import { answerBindings, requestBindings } from './bindings.ts';
import { CallerBody } from './caller-body.ts';
import { checkAnswer, checkBody, checkedOperation } from './check.ts';
import { upstreamsInOrder } from './choose.ts';
import { latin1, passableTrailers } from './fields.ts';
import { readsAnswers } from './guard.ts';
import { GuardedAnswer } from './guarded-answer.ts';
import {
  addVary,
  lengthIn,
  remadeHead,
  resizedHead,
  SWITCHING,
  switchingHead,
  valueIn,
  withFields,
  withoutBytes,
} from './head-lines.ts';
import { mappedFields, mappedRequest, type MappedRequest } from './head-mappings.ts';
import { answerHeaders, fieldIn, isEventStream, isRecoded } from './incoming.ts';
import { learnFromFailure, learnFromHead } from './learn.ts';
import { hasBody, isPlain } from './message.ts';
import type { Operation } from './openapi.ts';
import { outgoingHeaders } from './outgoing.ts';
import { ConvertedAnswer, convertedBody, convertedType, type Conversion } from './records.ts';
import {
  answerAsRecords,
  answerCarriedOver,
  directionOf,
  formatToRead,
  shapeOf,
  type Shape,
} from './shape.ts';
import { forgetChanged, recallingFor, type Recalling, type Retold } from './recall.ts';
import { mayBeFault, soapAnswer } from './soap-answer.ts';
import { soapCallOf, type SoapCall } from './soap-call.ts';
import { Tunnel } from './tunnel.ts';

/** @throws {Failure} `api_denied` */
export function mayUse({ key, receipt, matched: { api } }: ApiAdmitted): void {
  receipt.model = api.name;
  if (key?.apis !== undefined && !key.apis.has(api.name)) {
    throw new Failure('api_denied', 'this key may not use this API');
  }
}

/**
 * What stands between the limits and the end of a request for an HTTP API: who should answer it, one upstream after the other,
 * and the answer of the first that gives one.
 */
export async function passOn(admitted: ApiAdmitted, running: Running): Promise<void> {
  const { matched, request } = admitted;
  const { api } = matched;
  const limit = api.maxBody ?? Number.POSITIVE_INFINITY;
  const length = admitted.headers.contentLength ?? 0;
  if (length > limit) throw tooLarge(limit);

  let candidates = upstreamsInOrder(api, matched.path, running);
  if (candidates.every(({ id }) => isBeingTried(id, running))) {
    // Somebody else's trial is in flight at the only way there is: its end is worth waiting for.
    if (await trialOver({ ...admitted, candidates }, running)) {
      candidates = upstreamsInOrder(api, matched.path, running);
    }
  }
  const soap = await soapCallOf(admitted, running);
  if (soap !== undefined) {
    const path = api.soap?.endpoint ?? '/';
    Object.assign(admitted, { matched: { ...matched, path, query: '' } });
    const { envelope: body, fields } = soap;
    const mapped = { method: 'POST', query: undefined, fields };
    await new Promise<void>((resolve, reject) => {
      const parts = { candidates, body, soap, mapped, shape: undefined, operation: undefined };
      new Passing({ exchange: admitted, running, ...parts, resolve, reject }).start();
    });
    return;
  }
  const operation = checkedOperation(admitted, running);
  const isChecked = (type: string) => operation?.readsBody(type) === true;
  const shape = await shapeOf(admitted, hasBody(admitted), isChecked, running);
  let body: Buffer | undefined;
  if (shape?.body !== undefined) {
    if ('bytes' in shape.body) body = Buffer.from(shape.body.bytes);
  } else if (admitted.guardedBody !== undefined) body = admitted.guardedBody;
  else if (length > 0 && length <= api.retries.buffer && request.headers.expect === undefined) {
    body = await readBody(admitted, length, running.config.server.bodyTimeout, running);
  }
  if (operation !== undefined) {
    const contentType = shape?.body?.contentType ?? admitted.headers.contentType;
    const isRead = hasBody(admitted) && operation.readsBody(contentType);
    if (body === undefined && isRead) body = await readPlainBody(admitted, running);
    const present = body ?? (hasBody(admitted) ? NOT_READ : undefined);
    checkBody(admitted, operation, contentType, present, running);
  }
  const mapped = await mappedHead(admitted, shape?.document ?? null);
  await new Promise<void>((resolve, reject) => {
    const parts = { candidates, body, shape, operation, mapped, soap: undefined };
    new Passing({ exchange: admitted, running, ...parts, resolve, reject }).start();
  });
}

/** @throws {Failure} `invalid_request` */
async function mappedHead(
  exchange: ApiAdmitted,
  document: Value,
): Promise<MappedRequest | undefined> {
  const { headMappings, requestRules } = exchange.matched.api;
  const { method, query, request } = headMappings;
  if ((method ?? query ?? request) === undefined) return undefined;
  try {
    const bindings = requestBindings(exchange);
    return await mappedRequest(headMappings, document, bindings, requestRules.remove);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new Failure('invalid_request', error.message, { cause: error });
  }
}

/** Stands for a body of which the description says nothing that could be checked. */
const NOT_READ: Buffer = Buffer.alloc(0);

/** A body that has to be read to be checked: whole, and not compressed. */
function readPlainBody(exchange: ApiAdmitted, running: Running): Promise<Buffer> {
  if (!isPlain(exchange.headers.contentEncoding)) {
    throw new Failure(
      'unsupported_media_type',
      'found a body that is compressed, expected a plain one: it has to be read',
    );
  }
  const { maxBody, bodyTimeout } = running.config.server;
  const limit = Math.min(exchange.matched.api.maxBody ?? maxBody, maxBody);
  return readBody(exchange, limit, bodyTimeout, running);
}

const isBeingTried = (id: string, { tracker }: Running): boolean =>
  tracker.snapshot().get(id)?.state === 'probing';

/** One request on its way through its upstreams, and the answer on its way back. */
class Passing implements ApiSink, Abandonable {
  readonly #exchange: ApiAdmitted;
  readonly #running: Running;
  readonly #candidates: ApiTarget[];
  /** What is kept to be sent again; undefined where it is passed on as it comes. */
  readonly #kept: Buffer | undefined;
  readonly #shape: Shape | undefined;
  readonly #operation: Operation | undefined;
  readonly #mapped: MappedRequest | undefined;
  readonly #soap: SoapCall | undefined;
  /** An answer that is carried over into another format is held until it is whole. */
  #held: HeldAnswer | undefined;
  /** One whose records are carried over as they come. */
  #converted: ConvertedAnswer | undefined;
  /** One that has to wait for its head to be mapped. */
  #waiting: WaitingAnswer | undefined;
  /** One that guardrails read. */
  #guarded: Guarded | undefined;
  /** Where its API remembers answers, and it asks for one that could be. */
  #recalling: Recalling | undefined;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  #target: ApiTarget | undefined;
  #call: ApiCall | undefined;
  #body: CallerBody | undefined;
  #isCommitted = false;
  #isOver = false;
  #isFull = false;
  /** Bytes of the answer that are still to come; undefined where it does not say. */
  #left: number | undefined;
  #status = 0;
  #answered = 0;
  #passed = 0;
  #hasFlushed = false;

  constructor(options: {
    readonly exchange: ApiAdmitted;
    readonly running: Running;
    readonly candidates: readonly ApiTarget[];
    readonly body: Buffer | undefined;
    readonly shape: Shape | undefined;
    readonly operation: Operation | undefined;
    readonly mapped: MappedRequest | undefined;
    readonly soap: SoapCall | undefined;
    readonly resolve: () => void;
    readonly reject: (error: unknown) => void;
  }) {
    this.#exchange = options.exchange;
    this.#running = options.running;
    this.#candidates = [...options.candidates];
    this.#kept = options.body;
    this.#shape = options.shape;
    this.#operation = options.operation;
    this.#mapped = options.mapped;
    this.#soap = options.soap;
    this.#resolve = options.resolve;
    this.#reject = options.reject;
  }

  start(): void {
    const { response, matched } = this.#exchange;
    this.#exchange.served = this;
    response.on('drain', () => {
      if (this.#converted === undefined) this.#call?.resume();
    });
    if (this.#isRecalled()) return;
    const target = this.#next();
    if (target !== undefined) {
      void this.#begin(target);
      return;
    }
    const { name, targets } = matched.api;
    this.#giveUpOn(
      this.#isFull
        ? new Failure('overloaded', `the upstreams of ${name} are full; wait and try again`, {
            retryAfter: 1,
          })
        : noHealthyTarget(this.#running, name, targets),
    );
  }

  async #begin(target: ApiTarget): Promise<void> {
    try {
      await announce(this.#exchange, target, undefined, this.#running);
    } catch (error) {
      if (!this.#isOver) this.#giveUp(error);
      return;
    }
    if (this.#isOver) return;
    this.#running.retryBudget.deposit();
    this.#ask(target);
  }

  // An attempt's side

  interim(status: number, headers: readonly Buffer[]): void {
    const { request, response } = this.#exchange;
    // RFC 9110, section 15.2: a client of HTTP/1.0 knows none of them.
    if (status !== 103 || request.httpVersion === '1.0' || response.headersSent) return;
    const links = linksIn(headers);
    if (links.length > 0) response.writeEarlyHints({ link: links });
  }

  head(status: number, headers: readonly Buffer[]): void {
    const { receipt, matched } = this.#exchange;
    const target = this.#target as ApiTarget;
    const call = this.#call as ApiCall;
    const { clock } = this.#running;
    if (isRecoded(headers)) {
      call.break(broken.malformed);
      return;
    }
    const ms = clock.now() - call.startedAt;
    // A fault is an answer like any other: of the service, and not about it.
    const isFault =
      this.#soap !== undefined && mayBeFault(status, fieldIn(headers, 'content-type'));
    this.#noteTry(target, status >= 500 ? `http_${status}` : 'ok', ms);
    learnFromHead(this.#exchange, target, isFault ? 200 : status, ms, this.#running);
    if (!isFault && matched.api.repeatedFor.has(status) && this.#mayRepeat()) {
      const next = this.#nextOnBudget();
      if (next !== undefined) {
        call.cancel();
        this.#ask(next);
        return;
      }
    }
    if (receipt.attempts > 1 && status < 500) this.#running.retryBudget.refund();
    receipt.firstMs = ms;
    forgetChanged(this.#exchange, this.#asked, status, this.#running);
    const retold = this.#recalling?.heed(status, headers, target.id);
    if (retold === undefined) {
      this.#answer(status, headers, target);
      return;
    }
    call.cancel();
    this.#retell(retold);
  }

  /** An answer begins: an upstream's, or a remembered one. */
  #answer(status: number, headers: readonly Buffer[], target: ApiTarget): void {
    const { receipt, matched } = this.#exchange;
    this.#isCommitted = true;
    this.#status = status;
    receipt.status = status;
    receipt.streamed = isEventStream(headers);
    const head = answerHeaders(this.#exchange, target, status, headers, this.#running);
    if (this.#recalling !== undefined) head.push('x-vitalgate-cache', this.#recalling.state);
    if (this.#mustHold(status, head)) return;
    if (receipt.streamed) head.push('x-accel-buffering', 'no');
    this.#left = lengthIn(head);
    if (status === SWITCHING) {
      // node:http would frame what follows as a body.
      this.#exchange.upgrade?.socket.write(switchingHead(head));
      return;
    }
    const mapping = matched.api.headMappings[directionOf(status)];
    if (mapping !== undefined) {
      this.#isCommitted = false;
      this.#waiting = { chunks: [], trailers: undefined };
      void this.#mapHead(this.#waiting, status, head);
      return;
    }
    this.#sendHead(status, head);
  }

  data(chunk: Buffer): boolean {
    this.#recalling?.data(chunk);
    return this.#take(chunk);
  }

  #take(chunk: Buffer): boolean {
    const { response } = this.#exchange;
    if (this.#held !== undefined) return this.#hold(this.#held, chunk);
    if (this.#waiting !== undefined) {
      this.#waiting.chunks.push(chunk);
      return false;
    }
    this.#answered += chunk.length;
    if (this.#converted !== undefined) return this.#converted.push(chunk);
    if (this.#guarded !== undefined) return this.#guarded.answer.push(chunk);
    this.#hasFlushed = true;
    if (this.#left !== undefined) {
      this.#left -= chunk.length;
      // The ledger has it before the caller does.
      if (this.#left <= 0) this.#conclude();
    }
    return response.write(chunk);
  }

  end(trailers: readonly Buffer[]): void {
    this.#recalling?.end();
    this.#complete(trailers);
  }

  #complete(trailers: readonly Buffer[]): void {
    const { response } = this.#exchange;
    if (this.#held !== undefined) {
      void this.#carryOver(this.#held);
      return;
    }
    if (this.#converted !== undefined) {
      this.#converted.end();
      return;
    }
    if (this.#waiting !== undefined) {
      this.#waiting.trailers = trailers;
      return;
    }
    if (this.#guarded !== undefined) {
      void this.#endGuarded(this.#guarded);
      return;
    }
    this.#conclude();
    if (trailers.length > 0) response.addTrailers(passableTrailers(trailers));
    response.end();
    this.#finish();
  }

  upgraded(headers: readonly Buffer[], upstream: Duplex): void {
    const { receipt, upgrade, matched } = this.#exchange;
    if (upgrade === undefined) {
      upstream.destroy();
      this.fail(broken.malformed);
      return;
    }
    this.head(SWITCHING, headers);
    this.#exchange.served = undefined;
    const tunnel: Tunnel = new Tunnel({
      caller: upgrade.socket,
      upstream,
      idleMs: matched.api.timeouts.tunnel,
      running: this.#running,
      onOver: (reason) => {
        this.#answered = tunnel.received;
        this.#passed = tunnel.sent;
        conclude(
          this.#exchange,
          this.#running,
          reason === undefined ? 'completed' : 'failed',
          reason,
        );
        this.#finish();
      },
    });
    receipt.streamed = true;
    if (upgrade.head.length > 0) upgrade.socket.unshift(upgrade.head);
  }

  fail(verdict: Verdict): void {
    if (this.#isOver) return;
    const target = this.#target as ApiTarget;
    learnFromFailure(this.#exchange, target, verdict, this.#running);
    if (this.#isCommitted) {
      // Inside an answer nothing can be told but that it is cut.
      conclude(this.#exchange, this.#running, 'failed', verdict.reason);
      this.#exchange.response.destroy();
      this.#finish();
      return;
    }
    const { startedAt } = this.#call as ApiCall;
    this.#noteTry(target, verdict.reason, this.#running.clock.now() - startedAt);
    // What was never sent can be sent elsewhere, whatever it asks for.
    const mayRepeat = isUnsent(verdict) ? this.#isWhole() : this.#mayRepeat();
    const next = mayRepeat && verdict.anotherCanHelp ? this.#nextOnBudget() : undefined;
    if (next === undefined) this.#giveUpOn(asFailure(target, verdict));
    else this.#ask(next);
  }

  // Our side

  /** True where it is answered from memory. */
  #isRecalled(): boolean {
    const [first] = this.#exchange.matched.api.targets;
    if (this.#exchange.matched.api.cache === undefined || first === undefined) return false;
    const { name } = this.#exchange.matched.api;
    try {
      const asked = { ...this.#asked, headers: this.#headersFor(first) };
      this.#recalling = recallingFor(this.#exchange, asked, this.#running);
      const retold = this.#recalling?.fresh();
      if (this.#recalling !== undefined) {
        this.#running.metrics.recalled(name, this.#recalling.state);
      }
      if (retold === undefined) return false;
      this.#retell(retold);
    } catch (error) {
      this.#giveUp(error);
    }
    return true;
  }

  #retell({ status, lines, body, target: id }: Retold): void {
    const { targets } = this.#exchange.matched.api;
    const target = targets.find((one) => one.id === id) ?? targets[0];
    if (target === undefined) return;
    this.#exchange.receipt.target = target;
    this.#answer(status, lines, target);
    if (body.length > 0) this.#take(body);
    this.#complete([]);
  }

  /** A failure of all upstreams; an old answer may stand in for theirs. */
  #giveUpOn(failure: Failure): void {
    const retold = this.#recalling?.stale();
    if (retold === undefined) this.#giveUp(failure);
    else this.#retell(retold);
  }

  get #asked(): { readonly method: string; readonly query: string } {
    return {
      method: this.#method,
      query: this.#mapped?.query ?? this.#exchange.matched.query,
    };
  }

  #headersFor(target: ApiTarget): string[] {
    return outgoingHeaders(
      this.#exchange,
      target,
      this.#shape,
      this.#mapped?.fields,
      this.#running,
    );
  }

  /** As its upstream is asked. */
  get #method(): string {
    return this.#mapped?.method ?? this.#exchange.request.method ?? '';
  }

  readonly #flushHead = (): void => {
    if (!this.#hasFlushed && !this.#isOver) this.#exchange.response.flushHeaders();
  };

  #ask(target: ApiTarget): void {
    const { receipt, matched } = this.#exchange;
    const { clock, deadlines, config } = this.#running;
    const { connect, head, idle, total } = matched.api.timeouts;
    const { load } = target;
    this.#target = target;
    this.#held = undefined;
    this.#waiting = undefined;
    this.#converted?.destroy();
    this.#converted = undefined;
    this.#guarded = undefined;
    this.#answered = 0;
    receipt.attempts += 1;
    receipt.target = target;
    const call = new ApiCall({
      clock,
      deadlines,
      sink: this,
      timeouts: {
        connectMs: connect,
        headMs: head,
        idleMs: idle,
        deadlineAt: total === undefined ? Number.POSITIVE_INFINITY : receipt.arrivedAt + total,
      },
      onOver() {
        load.inFlight -= 1;
      },
    });
    this.#call = call;
    load.inFlight += 1;
    if (this.#kept === undefined && hasBody(this.#exchange)) {
      this.#body = new CallerBody({
        exchange: this.#exchange,
        limit: matched.api.maxBody ?? Number.POSITIVE_INFINITY,
        idleMs: config.server.bodyTimeout,
        running: this.#running,
        onRefused: (failure) => this.#refuse(failure),
        onStalled: () => call.break(broken.head),
      });
    }
    target.door.send(
      {
        method: this.#method,
        path: target.base + matched.path + (this.#mapped?.query ?? matched.query),
        headers: this.#recalling?.asking(this.#headersFor(target)) ?? this.#headersFor(target),
        body: this.#kept ?? this.#bodyToSend(),
        ...(this.#exchange.upgrade !== undefined && { upgrade: 'websocket' }),
      },
      call,
    );
  }

  #bodyToSend(): Readable | null {
    const shaped = this.#shape?.body;
    if (this.#body === undefined) return null;
    if (shaped === undefined || !('records' in shaped)) return this.#body;
    return convertedBody(this.#body, shaped.records, (failure) => this.#refuse(failure));
  }

  /** Whether the answer has to be read before any of it is passed on. */
  #mustHold(status: number, head: string[]): boolean {
    const { matched } = this.#exchange;
    if (this.#shape !== undefined) addVary(head, 'accept');
    const contentType = valueIn(head, 'content-type');
    const from = this.#shape && formatToRead(this.#shape, status, contentType);
    const isChecked =
      matched.api.openapi?.answers !== 'off' &&
      valueIn(head, 'content-encoding') === undefined &&
      this.#operation?.readsAnswer(status, contentType) === true;
    if (this.#soap !== undefined) {
      addVary(head, 'accept');
      this.#isCommitted = false;
      const type = contentType ?? '';
      this.#held = {
        status,
        from: undefined,
        isChecked: false,
        contentType: type,
        head,
        chunks: [],
      };
      return true;
    }
    if ((from === undefined && !isChecked) || contentType === undefined) return false;
    if (this.#isEmpty(status)) return false;
    // Nothing is promised before it can be read.
    this.#isCommitted = false;
    const conversion =
      from &&
      !isChecked &&
      !readsAnswers(this.#exchange) &&
      answerAsRecords(this.#shape, { status, from, contentType, head });
    if (conversion) {
      this.#converted = this.#convert(conversion, status, head);
      return true;
    }
    this.#held = { status, from, isChecked, contentType, head, chunks: [] };
    return true;
  }

  #isEmpty(status: number): boolean {
    return this.#exchange.request.method === 'HEAD' || status === 204 || status === 304;
  }

  #sendHead(status: number, head: string[]): void {
    if (this.#mustGuard(status, head)) return;
    this.#isCommitted = true;
    this.#exchange.response.writeHead(status, head);
    // A head that comes alone is passed on alone; one that comes with its body leaves with it.
    queueMicrotask(this.#flushHead);
  }

  #convert(conversion: Conversion, status: number, head: readonly string[]): ConvertedAnswer {
    const { response } = this.#exchange;
    return new ConvertedAnswer({
      conversion,
      response,
      onRoom: () => this.#call?.resume(),
      onBegin: async () => {
        const told = await this.#headToSend(status, head, null);
        if (this.#isOver) return;
        this.#isCommitted = true;
        response.writeHead(status, remadeHead(told, convertedType(conversion)));
      },
      onWhole: () => {
        this.#conclude();
        response.end();
        this.#finish();
      },
      onFailed: (error) => this.#breakOff(error),
    });
  }

  /** The answer turned out to be none that could be carried over. */
  #breakOff(error: unknown): void {
    this.#call?.cancel();
    const failure = asUnreadable(error);
    if (!this.#isCommitted) {
      this.#giveUp(failure);
      return;
    }
    conclude(this.#exchange, this.#running, 'failed', 'upstream_error');
    this.#exchange.response.destroy();
    this.#finish();
  }

  #hold(held: HeldAnswer, chunk: Buffer): boolean {
    this.#answered += chunk.length;
    held.chunks.push(chunk);
    if (this.#answered <= this.#running.config.server.maxBody) return true;
    this.#call?.cancel();
    this.#giveUp(new Failure('upstream_error', 'the answer is too large to be carried over'));
    return true;
  }

  async #carryOver({ head, chunks, ...answer }: HeldAnswer): Promise<void> {
    const { response } = this.#exchange;
    try {
      const { status, from, contentType } = answer;
      const bytes = await this.#guardedWhole(Buffer.concat(chunks), contentType);
      if (bytes === undefined) return;
      if (answer.isChecked) this.#check(status, contentType, bytes);
      const enveloped = this.#soap && (await soapAnswer(this.#soap, answer, bytes));
      const carried =
        from &&
        (await answerCarriedOver(this.#shape as Shape, { status, from, contentType, head }, bytes));
      const told = await this.#headToSend(status, head, carried?.document ?? null);
      if (this.#isOver) return;
      this.#isCommitted = true;
      this.#conclude();
      const written = carried?.written ?? enveloped;
      const fields =
        written === undefined
          ? resizedHead(told, bytes.length)
          : remadeHead(told, written.contentType, written.bytes.length);
      response.writeHead(status, [...fields, ...guardrailField(this.#exchange.receipt)]);
      response.end(written?.bytes ?? bytes);
      this.#finish();
    } catch (error) {
      if (!this.#isOver) this.#giveUp(asUnreadable(error));
    }
  }

  /** The head of an answer with what a mapping says of it. */
  async #headToSend(status: number, head: readonly string[], document: Value): Promise<string[]> {
    const { headMappings, answerRules } = this.#exchange.matched.api;
    const mapping = headMappings[directionOf(status)];
    if (mapping === undefined) return [...head];
    const bindings = answerBindings(status, head);
    return withFields(head, await mappedFields(mapping, document, bindings, answerRules.remove));
  }

  /** Passes an answer on once its head is known. */
  async #mapHead(waiting: WaitingAnswer, status: number, head: readonly string[]): Promise<void> {
    let told: string[];
    try {
      told = await this.#headToSend(status, head, null);
    } catch (error) {
      if (this.#waiting === waiting) this.#breakOff(error);
      return;
    }
    // Another upstream may have been asked meanwhile.
    if (this.#waiting !== waiting || this.#isOver) return;
    this.#waiting = undefined;
    this.#sendHead(status, told);
    let mayGoOn = true;
    for (const chunk of waiting.chunks) mayGoOn = this.data(chunk);
    if (waiting.trailers !== undefined) this.end(waiting.trailers);
    else if (mayGoOn) this.#call?.resume();
  }

  /** What guardrails leave of an answer that is read whole; undefined when they block it. */
  async #guardedWhole(bytes: Buffer, contentType: string): Promise<Buffer | undefined> {
    const guard = apiGuardFor(this.#exchange, { contentType, isHeld: true });
    if (guard === undefined) return bytes;
    const kept: Buffer[] = [];
    const answer = new GuardedAnswer(guard, this.#exchange, this.#running, {
      let: (some) => kept.push(some) > 0,
      block: (guardrail) => this.#block(guardrail),
    });
    answer.push(bytes);
    return (await answer.end()) ? Buffer.concat(kept) : undefined;
  }

  /** Whether guardrails read the answer before any of it is passed on. */
  #mustGuard(status: number, head: readonly string[]): boolean {
    const { receipt, guarding } = this.#exchange;
    if (this.#isEmpty(status) || !readsAnswers(this.#exchange)) return false;
    if (!isPlain(valueIn(head, 'content-encoding'))) {
      const blockedBy = unreadBy(guarding?.applied.answer.guardrails ?? []);
      this.#isCommitted = false;
      if (blockedBy !== undefined) this.#block(blockedBy);
      return blockedBy !== undefined;
    }
    const contentType = valueIn(head, 'content-type') ?? '';
    const guard = apiGuardFor(this.#exchange, { contentType, isHeld: false });
    if (guard === undefined) return false;
    const isShort = (lengthIn(head) ?? Number.POSITIVE_INFINITY) <= SHORT;
    const kept = isShort && !receipt.streamed ? [] : undefined;
    this.#guarded = { answer: this.#guardWith(guard), head: withoutBytes(head), kept, status };
    this.#isCommitted = false;
    // Whoever listens to events wants to know that somebody will speak.
    if (receipt.streamed) {
      this.#writeGuardedHead(this.#guarded, undefined);
      this.#exchange.response.flushHeaders();
    }
    return true;
  }

  #guardWith(guard: AnswerGuard): GuardedAnswer {
    return new GuardedAnswer(guard, this.#exchange, this.#running, {
      let: (bytes) => {
        if (this.#guarded === undefined || this.#isOver) return true;
        if (this.#guarded.kept !== undefined) {
          this.#guarded.kept.push(bytes);
          return true;
        }
        this.#writeGuardedHead(this.#guarded, undefined);
        return this.#exchange.response.write(bytes);
      },
      block: (guardrail) => this.#block(guardrail),
    });
  }

  async #endGuarded(guarded: Guarded): Promise<void> {
    if (!(await guarded.answer.end()) || this.#isOver) return;
    const { response } = this.#exchange;
    this.#conclude();
    const rest = Buffer.concat(guarded.kept ?? []);
    this.#writeGuardedHead(guarded, guarded.kept === undefined ? undefined : rest.length);
    response.end(rest);
    this.#finish();
  }

  #writeGuardedHead({ status, head }: Guarded, length: number | undefined): void {
    const { response, receipt } = this.#exchange;
    if (response.headersSent) return;
    this.#isCommitted = true;
    const fields = [...head, ...guardrailField(receipt)];
    if (length !== undefined) fields.push('content-length', String(length));
    response.writeHead(status, fields);
  }

  /** Nothing more of the answer leaves; what did leave was judged. */
  #block(guardrail: Guardrail): void {
    if (this.#isOver) return;
    const { response, receipt, id } = this.#exchange;
    const failure = blocked(guardrail, 'answer');
    this.#call?.cancel();
    if (!response.headersSent) {
      this.#giveUp(failure);
      return;
    }
    conclude(this.#exchange, this.#running, 'failed', failure.code);
    if (receipt.streamed) {
      const { code, message, kind } = failure;
      const told = { code, message, status: kind.status, requestId: id, mistakes: [] };
      const problem = Buffer.from(problemDetails(told, 'application/json').bytes).toString();
      response.write(`event: error\ndata: ${problem}\n\n`, () => response.destroy());
    } else response.destroy();
    this.#finish();
  }

  /** @throws {Failure} where the description is enforced */
  #check(status: number, contentType: string, bytes: Buffer): void {
    const mistakes = this.#operation?.checkAnswer(status, contentType, bytes) ?? [];
    if (!checkAnswer(this.#exchange, mistakes, this.#running)) return;
    throw new Failure('upstream_error', 'the answer is not as the description of this API says');
  }

  /** The next upstream that may be asked now. */
  #next(): ApiTarget | undefined {
    for (;;) {
      const target = this.#candidates.shift();
      if (target === undefined) return undefined;
      if (target.load.inFlight >= MAX_IN_FLIGHT) this.#isFull = true;
      else if (mayTry(this.#exchange, target.id, this.#running)) return target;
    }
  }

  #nextOnBudget(): ApiTarget | undefined {
    const { receipt, matched } = this.#exchange;
    if (receipt.attempts >= matched.api.retries.attempts) return undefined;
    const next = this.#next();
    if (next === undefined) return undefined;
    if (this.#running.retryBudget.withdraw()) return next;
    endTrial(this.#exchange, this.#running);
    return undefined;
  }

  /** Whether the same request may reach an application twice (RFC 9110, section 9.2.2). */
  #mayRepeat(): boolean {
    const { request, matched } = this.#exchange;
    const { repeatable } = matched.api;
    const isRepeatable =
      repeatable.has(this.#method) || request.headers['idempotency-key'] !== undefined;
    return isRepeatable && this.#isWhole();
  }

  /** Whether all of the request is still there to be sent. */
  #isWhole(): boolean {
    return this.#body?.isBegun !== true;
  }

  #noteTry(target: ApiTarget, reason: string, ms: number): void {
    const { receipt } = this.#exchange;
    const state = this.#running.tracker.snapshot().get(target.id)?.state ?? 'serving';
    receipt.upstreamMs += ms;
    receipt.tried.push({ target: target.id, credential: 'none', state, reason, ms });
  }

  /** The caller's body is none that could be passed on. */
  #refuse(failure: Failure): void {
    if (this.#isOver) return;
    this.#call?.cancel();
    if (this.#isCommitted) {
      conclude(this.#exchange, this.#running, 'failed', failure.code);
      this.#exchange.response.destroy();
      this.#finish();
    } else this.#giveUp(failure);
  }

  /** The caller has left. */
  abandon(): void {
    if (this.#isOver) return;
    this.#call?.cancel();
    if (this.#isCommitted) {
      conclude(this.#exchange, this.#running, 'abandoned', 'caller_left');
      this.#finish();
    } else this.#giveUp(new CallerLeft());
  }

  #conclude(): void {
    const isWell = this.#status < 500;
    conclude(
      this.#exchange,
      this.#running,
      isWell ? 'completed' : 'failed',
      isWell ? undefined : `http_${this.#status}`,
    );
  }

  #giveUp(error: unknown): void {
    this.#end();
    this.#reject(error);
  }

  #finish(): void {
    this.#end();
    this.#resolve();
  }

  #end(): void {
    this.#isOver = true;
    this.#converted?.destroy();
    const { metrics } = this.#running;
    const { name } = this.#exchange.matched.api;
    const passed = this.#body?.bytes ?? this.#kept?.length ?? this.#passed;
    metrics.passedOn(name, 'request', passed);
    metrics.passedOn(name, 'answer', this.#answered);
    this.#exchange.served = undefined;
    endTrial(this.#exchange, this.#running);
  }
}

/** Nothing was reached, so nothing was sent. */
const isUnsent = ({ fault, reason }: Verdict): boolean =>
  fault === 'network' && /^(?:connect_|dns_|tls_)|_unreachable$/.test(reason);

function asFailure({ id }: ApiTarget, verdict: Verdict): Failure {
  const { reason } = verdict;
  return isTimeout(verdict)
    ? new Failure(
        'upstream_timeout',
        `${id} failed: ${reason}; no other upstream could answer in time`,
      )
    : new Failure('upstream_error', `${id} failed: ${reason}; no other upstream could answer`);
}

/** What has come of an answer meanwhile. */
interface WaitingAnswer {
  readonly chunks: Buffer[];
  /** Undefined while it goes on. */
  trailers: readonly Buffer[] | undefined;
}

interface HeldAnswer {
  readonly status: number;
  /** Undefined where it is only looked at. */
  readonly from: FormatName | undefined;
  readonly isChecked: boolean;
  readonly contentType: string;
  readonly head: readonly string[];
  readonly chunks: Buffer[];
}

/** A shorter answer is judged whole, so that a refusal is told as one. */
const SHORT = 1024 * 1024;

/** An answer that guardrails read as it comes. */
interface Guarded {
  readonly answer: GuardedAnswer;
  readonly head: readonly string[];
  readonly status: number;
  /** What may leave once it has ended; undefined where it leaves as it comes. */
  readonly kept: Buffer[] | undefined;
}

const asUnreadable = (error: unknown): unknown =>
  error instanceof FormatError
    ? new Failure('upstream_error', `the answer cannot be carried over: ${error.message}`)
    : error;

function linksIn(headers: readonly Buffer[]): string[] {
  const links: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    if (latin1(headers[i]).toLowerCase() === 'link') links.push(latin1(headers[i + 1]));
  }
  return links;
}
