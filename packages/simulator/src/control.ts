import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { simulated } from './answer-writer.ts';
import { SimulatorError } from './errors.ts';
import type { Effect, Fault } from './fault/fault.ts';
import type { FaultFilter, StandingFault } from './fault/fault-set.ts';
import { readFaultList } from './fault/read.ts';
import { help } from './help.ts';

/** What can be steered from outside. */
export interface Controls {
  readonly faults: readonly StandingFault[];
  set(fault: Fault): Promise<void>;
  clear(which?: FaultFilter): Promise<void>;
}

export const controlPath = '/_simulator';

/**
 * The simulator's own paths, which no fault touches and no journal takes down:
 *
 * - `GET /_simulator`: help as plain text
 * - `GET /_simulator/faults`: `{"faults": [{"status": 529, "times": 3, "struck": 1}]}`
 * - `PUT /_simulator/faults`: one fault or a list; all are set or, with a 400, none
 * - `DELETE /_simulator/faults`: heals all, or with `?model=` and `?effect=` what they name
 *
 * Errors are `{"error": {"code", "message"}}`.
 */
export async function control(
  request: IncomingMessage,
  response: ServerResponse,
  controls: Controls,
): Promise<void> {
  const { pathname, searchParams } = new URL(`http://simulator${request.url ?? ''}`);
  const method = request.method ?? 'GET';
  if (pathname === controlPath && method === 'GET') return say(response, 200, text, help);
  if (pathname !== `${controlPath}/faults`) return refuse(response, 404, 'not_found', help);
  switch (method) {
    case 'GET':
      return tell(response, 200, { faults: controls.faults });
    case 'PUT':
      return put(request, response, controls);
    case 'DELETE':
      await controls.clear(filterOf(searchParams));
      return tell(response, 200, { faults: controls.faults });
    default:
      return refuse(response, 405, 'method_not_allowed', 'GET, PUT and DELETE are served here.');
  }
}

async function put(
  request: IncomingMessage,
  response: ServerResponse,
  controls: Controls,
): Promise<void> {
  try {
    const faults = readFaultList(await readJson(request));
    // Behind a refused port nobody could reach this path to heal it.
    if (faults.some((fault) => 'refuse' in fault && fault.refuse === true)) {
      throw new SimulatorError('invalid_fault', 'refuse needs its milliseconds when set over HTTP');
    }
    // Refusing closes this very connection, so the answer goes first.
    response.once('finish', () => {
      for (const fault of faults) if ('refuse' in fault) void controls.set(fault);
    });
    for (const fault of faults) if (!('refuse' in fault)) await controls.set(fault);
    return tell(response, 200, { faults: controls.faults });
  } catch (error) {
    if (!(error instanceof SimulatorError)) throw error;
    return refuse(response, 400, error.code, error.message);
  }
}

const largestControlBody = 1_048_576;

async function readJson(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > largestControlBody) {
      throw new SimulatorError(
        'invalid_fault',
        `the body is larger than ${largestControlBody} bytes`,
      );
    }
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString());
  } catch {
    throw new SimulatorError('invalid_fault', 'the body is not JSON');
  }
}

function filterOf(query: URLSearchParams): FaultFilter {
  const model = query.get('model');
  const effect = query.get('effect');
  return { ...(model !== null && { model }), ...(effect !== null && { effect: effect as Effect }) };
}

const json: OutgoingHttpHeaders = { 'content-type': 'application/json' };
const text: OutgoingHttpHeaders = { 'content-type': 'text/plain; charset=utf-8' };

function tell(response: ServerResponse, status: number, value: unknown): void {
  say(response, status, json, `${JSON.stringify(value, null, 2)}\n`);
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  tell(response, status, { error: { code, message } });
}

function say(
  response: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders,
  body: string,
): void {
  response.writeHead(status, { ...headers, ...simulated }).end(body);
}
