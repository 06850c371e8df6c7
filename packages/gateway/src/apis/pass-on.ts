import { Failure } from '@vitalgate/contract';
import { FormatError, type Value } from '@vitalgate/formats';
import { readBody, tooLarge } from '../request/body.ts';
import type { ApiAdmitted } from '../request/exchange.ts';
import { trialOver } from '../request/trial.ts';
import type { Running } from '../running.ts';
import { Attempts } from './attempts.ts';
import { requestBindings } from './bindings.ts';
import { checkBody, checkedOperation } from './check.ts';
import { upstreamsInOrder } from './choose.ts';
import { mappedRequest, type MappedRequest } from './head-mappings.ts';
import { hasBody } from './message.ts';
import type { Prepared } from './passing.ts';
import { shapeOf } from './shape.ts';
import { soapCallOf } from './soap-call.ts';
import { codingsOf, unpacked } from './unpacked.ts';

/**
 * What stands between the limits and the end of a request for an HTTP API: who should answer it, what of
 * it has to be read before, then one upstream after the other, and the answer of the first that gives one.
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
    const unread = { shape: undefined, operation: undefined };
    await attempted(admitted, { candidates, body, soap, mapped, ...unread }, running);
    return;
  }
  const operation = checkedOperation(admitted, running);
  const mistakes = api.openapi?.requests;
  const { maxBody, bodyTimeout } = running.config.server;
  /** What is read whole has so many bytes at most. */
  const whole = Math.min(limit, maxBody);
  // Where mistakes are only to be told, nobody loses an upload to them.
  const isJudged = mistakes === 'enforce' || (mistakes === 'report' && length <= whole);
  const isChecked = (type: string | undefined) => isJudged && operation?.readsBody(type) === true;
  const shape = await shapeOf(admitted, hasBody(admitted), isChecked, running);
  let body: Buffer | undefined;
  if (shape?.body !== undefined) {
    if ('bytes' in shape.body) body = Buffer.from(shape.body.bytes);
  } else if (admitted.guardedBody !== undefined) body = admitted.guardedBody;
  else if (length > 0 && length <= api.retries.buffer && request.headers.expect === undefined) {
    body = await readBody(admitted, length, running.config.server.bodyTimeout, running);
  }
  if (operation !== undefined && isJudged) {
    const contentType = shape?.body?.contentType ?? admitted.headers.contentType;
    const isRead = hasBody(admitted) && isChecked(contentType);
    if (body === undefined && isRead) body = await readBody(admitted, whole, bodyTimeout, running);
    let present = body ?? (hasBody(admitted) ? NOT_READ : undefined);
    if (isRead && body !== undefined && shape?.body === undefined) {
      present = await plainBody(admitted, body, whole);
    }
    checkBody(admitted, operation, contentType, present, running);
  }
  const mapped = await mappedHead(admitted, shape?.document ?? null);
  const prepared = { candidates, body, shape, operation, mapped, soap: undefined };
  await attempted(admitted, prepared, running);
}

const attempted = (exchange: ApiAdmitted, prepared: Prepared, running: Running): Promise<void> =>
  new Promise((resolve, reject) => {
    exchange.room?.free();
    new Attempts({ exchange, running, prepared, resolve, reject }).start();
  });

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

/**
 * A body as it can be checked; what is sent on stays as it came.
 *
 * @throws {Failure} `unsupported_media_type`, `invalid_request`
 */
async function plainBody(exchange: ApiAdmitted, body: Buffer, most: number): Promise<Buffer> {
  const codings = codingsOf(exchange.headers.contentEncoding);
  // Who is only to be told of mistakes is told of this one, too.
  const isReported = exchange.matched.api.openapi?.requests === 'report';
  if (codings === undefined) {
    if (isReported) return body;
    throw new Failure(
      'unsupported_media_type',
      'found a content-encoding that is not known, expected gzip, deflate, br, zstd or none: the body has to be read',
    );
  }
  try {
    return await unpacked(body, codings, most);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    if (isReported) return body;
    throw new Failure('invalid_request', error.message, { cause: error });
  }
}

const isBeingTried = (id: string, { tracker }: Running): boolean =>
  tracker.snapshot().get(id)?.state === 'probing';
