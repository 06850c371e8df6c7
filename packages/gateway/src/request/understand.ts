import { isUtf8 } from 'node:buffer';
import { Failure } from '@vitalgate/contract';
import {
  holdsEnvelope,
  RequestError,
  scanRequest,
  validateRequest,
  wires,
  type DialectName,
  type Operation,
} from '@vitalgate/dialects';
import { contains } from '../access/networks.ts';
import { featuresOf } from '../routing/features.ts';
import { findRoute } from '../routing/routes.ts';
import type { Running } from '../running.ts';
import { readBody, tooLarge } from './body.ts';
import type { Admitted, Understood } from './exchange.ts';
import { decodedModel } from './model-name.ts';

/** A body of JSON, and what of it is found without parsing it. */
export async function readJsonBody(
  admitted: Admitted,
  running: Running,
): Promise<Pick<Understood, 'body' | 'scanned'>> {
  const { headers } = admitted;
  const { maxBody, bodyTimeout } = running.config.server;

  if (headers.contentEncoding !== undefined && headers.contentEncoding !== 'identity') {
    throw new Failure(
      'unsupported_media_type',
      `found a body with content-encoding ${headers.contentEncoding.slice(0, 40)}, expected a plain one`,
    );
  }
  if (!isJson(headers.contentType)) {
    throw new Failure(
      'unsupported_media_type',
      `found content-type ${(headers.contentType ?? 'none').slice(0, 80)}, expected application/json`,
    );
  }
  if ((headers.contentLength ?? 0) > maxBody) throw tooLarge(maxBody);

  const body = await readBody(admitted, maxBody, bodyTimeout, running);
  if (!isUtf8(body)) throw new Failure('invalid_request', 'found a body that is not UTF-8');
  const scanned = scanRequest(body);
  if (!scanned.ok) throw new Failure('invalid_request', `${scanned.problem} (byte ${scanned.at})`);
  return { body, scanned };
}

/** Stage 3: what does it ask? Reads the body, and of it only what routing needs. */
export async function understand(admitted: Admitted, running: Running): Promise<Understood> {
  const { body, scanned } = await readJsonBody(admitted, running);
  const { receipt, key, named, streamed, dialect } = admitted;
  const talks = admitted.operation === 'chat' || admitted.operation === 'completions';
  if (talks && wires[dialect].streamsUnlessTold === true && !scanned.isStreamTold) {
    Object.assign(scanned, { stream: true });
  }
  // A caller that asks for a stream of vectors gets them whole, as from the vendors themselves.
  if (!talks) Object.assign(scanned, { stream: false });
  if (named !== undefined) Object.assign(scanned, { model: decodedModel(named) });
  if (streamed !== undefined) Object.assign(scanned, { stream: streamed });
  if (scanned.model === undefined) {
    throw new Failure('invalid_request', 'found no "model"; name one, see GET /v1/models');
  }
  receipt.model = scanned.model.slice(0, 256);
  receipt.streamed = scanned.stream;

  if (key?.models !== undefined && !key.models.has(scanned.model)) {
    throw new Failure('model_denied', 'this key may not use this model; see GET /v1/models');
  }
  const route = findRoute(running.routes, running.providers, scanned.model);
  if (route === undefined) {
    throw new Failure('model_not_found', 'there is no model of this name; see GET /v1/models');
  }
  if (route.networks?.some((ranges) => !contains(ranges, admitted.address)) === true) {
    throw new Failure('network_denied', `this model may not be used from ${admitted.address}`);
  }
  validate(dialect, admitted.operation, body);
  const features = featuresOf(scanned, body);
  const isSealed = holdsEnvelope(body);
  return Object.assign(admitted, { body, scanned, route, features, isSealed, intent: undefined });
}

function validate(dialect: DialectName, operation: Operation, body: Buffer): void {
  try {
    validateRequest(dialect, operation, body);
  } catch (error) {
    if (error instanceof RequestError) throw new Failure('invalid_request', error.message);
    throw error;
  }
}

/** One verdict, by RFC 9110 section 8.3.1: type and subtype, whatever the parameters. */
function isJson(contentType: string | undefined): boolean {
  return (
    contentType !== undefined && /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(contentType)
  );
}
