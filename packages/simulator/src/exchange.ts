import type { IncomingMessage, ServerResponse } from 'node:http';
import { AnswerWriter } from './answer-writer.ts';
import { routeOf } from './dialects/table.ts';
import { SimulatorError } from './errors.ts';
import type { Fault } from './fault/fault.ts';
import { parseFaults } from './fault/read.ts';
import { isObject, isString, type JsonObject } from './json.ts';
import { Line } from './line.ts';
import { largestBody, type Received, type Workshop } from './workshop.ts';

/** One request from its first byte to its line in the journal. */
export async function exchange(
  request: IncomingMessage,
  response: ServerResponse,
  workshop: Workshop,
): Promise<void> {
  const { journal, clock, faults } = workshop;
  const line = new Line(response, clock, () => workshop.isClosing());
  const received = await receive(request);
  if (received === undefined) return;

  const started = clock.now();
  const { id, ended } = journal.receive({
    at: clock.wall(),
    method: received.method,
    path: request.url ?? '',
    headers: request.headers,
    bodyBytes: received.bytes,
    model: received.model,
    stream: asksForStream(received),
  });
  const answer = new AnswerWriter(received, line, workshop, id);
  const own = ownFaults(request);
  const strike = faults.strike(received.model, own instanceof SimulatorError ? [] : own);
  let problem: string | undefined;
  try {
    if (own instanceof SimulatorError) answer.fail({ status: 400, message: own.message });
    else await answer.write(strike);
  } catch (error) {
    // The toy's own mistake must not end the process that tests or demonstrates with it.
    problem = String(error);
    await answer.giveUp();
  }

  const how = await line.over;
  const durationMs = clock.now() - started;
  ended({ how, fault: strike.breakage?.effect, problem, ...line.written, durationMs });
}

/** Undefined when the caller left before all of it had come. */
async function receive(request: IncomingMessage): Promise<Received | undefined> {
  const method = request.method ?? 'GET';
  const [, path = '/', query] = /^([^?]*)(?:\?(.*))?$/s.exec(request.url ?? '/') ?? [];
  const route = routeOf(method, path, request.headers);
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      bytes += part.length;
      // The rest is read and dropped: a caller in the middle of sending hears no answer.
      if (bytes <= largestBody) parts.push(part);
    }
  } catch {
    return undefined;
  }
  const body = bytes <= largestBody ? parse(Buffer.concat(parts)) : undefined;
  const asked = body?.['model'];
  const model = isString(asked) ? asked : route.named;
  return { headers: request.headers, method, path, query, route, bytes, body, model };
}

function asksForStream({ route, body = {} }: Received): boolean {
  const { operation } = route;
  const told = typeof operation === 'string' ? undefined : operation.streams?.(body);
  return told ?? body['stream'] === true;
}

function parse(bytes: Buffer): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The faults a request brings for itself, in the header `x-simulate`. */
function ownFaults({ headers }: IncomingMessage): readonly Fault[] | SimulatorError {
  const line = headers['x-simulate'];
  if (line === undefined) return [];
  try {
    const faults = parseFaults(String(line));
    if (!faults.some((fault) => 'refuse' in fault)) return faults;
    return new SimulatorError('invalid_fault', 'refuse is for every connection, not for a request');
  } catch (error) {
    if (error instanceof SimulatorError) return error;
    throw error;
  }
}
