import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import {
  type Failure,
  type Frame,
  type Occasion,
  type Reason,
  Refusal,
  type Reply,
  type StreamReply,
  type WholeReply,
} from './dialects/dialect.ts';
import { isString } from './json.ts';
import type { ChunkEffect } from './fault/fault.ts';
import type { Strike } from './fault/fault-set.ts';
import type { Line } from './line.ts';
import { Pace } from './pace.ts';
import { Random } from './toy/random.ts';
import { largestBody, type Received, type Workshop } from './workshop.ts';

/** Writes the answer to one request, or breaks it in the way that was drawn for it. */
export class AnswerWriter {
  readonly #received: Received;
  readonly #line: Line;
  readonly #workshop: Workshop;
  readonly #ids: Random;
  readonly #occasion: Occasion;

  /** `number` tells the request apart from every other to this simulator. */
  constructor(received: Received, line: Line, workshop: Workshop, number: number) {
    this.#received = received;
    this.#line = line;
    this.#workshop = workshop;
    this.#ids = new Random(workshop.house.seed, 'identifiers', number);
    this.#occasion = {
      requestId: this.#ids.id('req_', 24),
      wall: workshop.clock.wall(),
      model: received.model,
    };
  }

  /** Returns when nothing is left to write; whether it arrives is the line's to know. */
  async write(strike: Strike): Promise<void> {
    const line = this.#line;
    await line.pause(strike.latency);
    const { breakage } = strike;
    switch (breakage?.effect) {
      case 'blackhole':
        return;
      case 'reset':
        return line.reset();
      case 'status':
        return this.fail({ ...breakage, status: breakage.value });
      case 'emptyBody':
        return line.send(200, this.#headers({ 'content-type': 'application/json' }), '');
      case 'wrongContentType':
        return line.send(200, this.#headers({ 'content-type': 'text/html' }), loginPage);
      case 'hugeAnswer':
        return this.#answer(strike, undefined, breakage.value);
      case 'cutAfterChunks':
      case 'stallAfterChunks':
      case 'malformedAfterChunks':
      case 'errorAfterChunks':
        return this.#answer(strike, { effect: breakage.effect, after: breakage.value }, undefined);
      case undefined:
        return this.#answer(strike, undefined, undefined);
    }
  }

  fail(failure: Failure): void {
    const { dialect } = this.#received.route;
    const told = dialect.failure(failure, this.#occasion);
    const type = { 'content-type': 'application/json' };
    this.#line.send(told.status, this.#headers({ ...type, ...told.headers }), told.body);
  }

  /** Ends in the middle of whatever was going on. */
  async giveUp(): Promise<void> {
    if (this.#line.written.status === undefined) this.fail({ status: 500 });
    else await this.#line.cut();
  }

  async #answer(
    strike: Strike,
    crack: Crack | undefined,
    hugeBytes: number | undefined,
  ): Promise<void> {
    const reply = this.#reply(hugeBytes);
    if ('status' in reply) this.fail(reply);
    else if (reply.kind === 'whole') await this.#whole(reply, new Pace(strike), crack?.effect);
    else await this.#stream(reply, new Pace(strike), crack);
  }

  #reply(hugeBytes: number | undefined): Reply | Failure {
    const { route, body, headers, query, bytes, method, path } = this.#received;
    const { house, clock } = this.#workshop;
    const turnedAway = (reason: Reason): Failure => route.dialect.turnedAway(reason, method, path);
    const { operation } = route;
    if (typeof operation === 'string') return turnedAway(operation);
    const key = this.#keyProblem();
    if (key !== undefined) return turnedAway(key);
    if (bytes > largestBody) return turnedAway('too-large');
    if (operation.method === 'POST' && body === undefined) return turnedAway('no-json');
    const call = {
      body: body ?? {},
      named: route.named,
      headers,
      ...(query !== undefined && { query }),
      ids: this.#ids,
      wall: clock.wall(),
      hugeBytes,
    };
    try {
      return operation.answer(call, house);
    } catch (error) {
      if (error instanceof Refusal) return error.failure;
      throw error;
    }
  }

  #keyProblem(): Reason | undefined {
    const { requireKey } = this.#workshop;
    if (requireKey === false) return undefined;
    const key = keyOf(this.#received.headers);
    if (key === undefined || key === '') return 'no-key';
    return requireKey === true || key === requireKey ? undefined : 'wrong-key';
  }

  async #whole(reply: WholeReply, pace: Pace, effect: ChunkEffect | undefined): Promise<void> {
    const line = this.#line;
    await line.pause(pace.whole(reply.tokens));
    const headers = this.#headers({ 'content-type': 'application/json' });
    const half = reply.body.slice(0, reply.body.length / 2);
    switch (effect) {
      case 'errorAfterChunks':
        return this.fail({ status: 500 });
      case 'malformedAfterChunks':
        return line.send(200, headers, half);
      case 'cutAfterChunks':
      case 'stallAfterChunks':
        line.head(200, { ...headers, 'content-length': Buffer.byteLength(reply.body) });
        line.put(half);
        return effect === 'cutAfterChunks' ? line.cut() : line.flush();
      case undefined:
        return line.send(200, headers, reply.body);
    }
  }

  async #stream(reply: StreamReply, pace: Pace, crack: Crack | undefined): Promise<void> {
    const line = this.#line;
    const headers = { 'content-type': reply.contentType, 'cache-control': 'no-cache' };
    line.head(200, this.#headers(headers));
    const { broken } = reply;
    let sent = 0;
    for (const { frame, isLast } of withLast(reply.frames)) {
      if (line.gone) return;
      if (pace.isPaced) await this.#keepPace(pace, frame);
      const breaks =
        crack !== undefined && (sent === crack.after || (isLast && sent < crack.after));
      if (breaks && crack.effect !== 'malformedAfterChunks') {
        return this.#breakOff(crack.effect, broken?.failure(sent));
      }
      const malformed = broken?.malformed ?? this.#received.route.dialect.malformedFrame;
      if (line.put(breaks ? malformed : frame.data)) await line.flush();
      sent++;
    }
    line.end();
  }

  async #keepPace(pace: Pace, frame: Frame): Promise<void> {
    const wait = pace.wait(this.#workshop.clock.now(), frame.tokens);
    if (wait === 0) return;
    await this.#line.delivered();
    await this.#line.pause(wait);
  }

  async #breakOff(
    effect: Exclude<ChunkEffect, 'malformedAfterChunks'>,
    failure = this.#received.route.dialect.streamFailure,
  ): Promise<void> {
    switch (effect) {
      case 'cutAfterChunks':
        return this.#line.cut();
      case 'stallAfterChunks':
        return this.#line.delivered();
      case 'errorAfterChunks':
        this.#line.put(failure);
        return this.#line.end();
    }
  }

  #headers(own: OutgoingHttpHeaders): OutgoingHttpHeaders {
    const { dialect } = this.#received.route;
    return { ...dialect.headers(this.#occasion), ...simulated, ...own };
  }
}

/** Each vendor has a place of its own; of an AWS signature it is the access key that made it. */
function keyOf({ authorization, ...headers }: IncomingHttpHeaders): string | undefined {
  for (const name of ['x-api-key', 'x-goog-api-key', 'api-key']) {
    const key = headers[name];
    if (isString(key)) return key;
  }
  const signed = /^AWS4-HMAC-SHA256 Credential=([^/]+)\//.exec(authorization ?? '')?.[1];
  return signed ?? authorization?.replace(/^Bearer\s+/i, '');
}

/** Where in a body it breaks, and how. */
interface Crack {
  readonly effect: ChunkEffect;
  /** Frames of a stream that still come. */
  readonly after: number;
}

/** Nobody shall take an answer of this for one of a model. */
export const simulated: OutgoingHttpHeaders = { 'x-vitalgate-simulated': 'true' };

const loginPage =
  '<!doctype html><title>Sign in</title><p>[simulated] Please sign in to use this network.</p>\n';

function* withLast<T>(
  all: Iterable<T>,
): Generator<{ readonly frame: T; readonly isLast: boolean }> {
  let held: { readonly frame: T } | undefined;
  for (const frame of all) {
    if (held !== undefined) yield { ...held, isLast: false };
    held = { frame };
  }
  if (held !== undefined) yield { ...held, isLast: true };
}
