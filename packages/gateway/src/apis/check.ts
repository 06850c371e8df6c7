import { Failure, type Mistake } from '@vitalgate/contract';
import type { ApiAdmitted } from '../request/exchange.ts';
import type { Running } from '../running.ts';
import { toldOf } from '../json-schema.ts';
import type { Operation } from './openapi.ts';

/**
 * Looks at what a request asks before its body is read. Undefined where its API has no description,
 * or one that does not know it.
 *
 * @throws {Failure} `invalid_request`, `not_found`
 */
export function checkedOperation(exchange: ApiAdmitted, running: Running): Operation | undefined {
  const { request, matched } = exchange;
  const { api, path, query } = matched;
  if (api.openapi === undefined) return undefined;
  if (api.description === undefined) {
    if (api.openapi.requests !== 'enforce' && api.openapi.unknown !== 'refuse') return undefined;
    throw new Failure(
      'upstream_error',
      'the description of this API could not be fetched yet, and nothing passes that was not checked',
    );
  }
  const found = api.description.find(request.method ?? '', path);
  if (found === undefined) {
    if (api.openapi.unknown === 'pass') return undefined;
    throw new Failure('not_found', 'the description of this API knows no such operation');
  }
  const head = { query: query.slice(1), headers: request.headers };
  tell(exchange, found.operation.checkHead(head, found.captured), running);
  return found.operation;
}

/** @throws {Failure} `invalid_request`, `unsupported_media_type` */
export function checkBody(
  exchange: ApiAdmitted,
  operation: Operation,
  contentType: string | undefined,
  body: Buffer | undefined,
  running: Running,
): void {
  if (body === undefined) {
    if (!operation.isBodyRequired) return;
    tell(exchange, [{ in: 'body', pointer: '', detail: 'must be there' }], running);
    return;
  }
  if (operation.takes(contentType) === false && isEnforced(exchange)) {
    throw new Failure(
      'unsupported_media_type',
      'the description of this API knows no body of this content-type here',
    );
  }
  tell(exchange, operation.checkBody(contentType, body), running);
}

/** True where the answer must not go to its caller. */
export function checkAnswer(
  exchange: ApiAdmitted,
  mistakes: readonly Mistake[],
  { log, metrics }: Running,
): boolean {
  const { id, matched } = exchange;
  if (mistakes.length === 0) return false;
  metrics.mismatched(matched.api.name, 'answer');
  log.warn({ request: id, api: matched.api.name, mistakes }, 'an answer is not as described');
  return matched.api.openapi?.answers === 'enforce';
}

const isEnforced = ({ matched }: ApiAdmitted): boolean =>
  matched.api.openapi?.requests === 'enforce';

function tell(
  exchange: ApiAdmitted,
  mistakes: readonly Mistake[],
  { log, metrics }: Running,
): void {
  const { id, matched } = exchange;
  if (mistakes.length === 0 || matched.api.openapi?.requests === 'off') return;
  metrics.mismatched(matched.api.name, 'request');
  if (!isEnforced(exchange)) {
    log.info({ request: id, api: matched.api.name, mistakes }, 'a request is not as described');
    return;
  }
  throw new Failure('invalid_request', toldOf(mistakes), { mistakes });
}
