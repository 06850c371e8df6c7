import { Failure } from '@vitalgate/contract';
import { acceptedFormat, type FormatName } from '@vitalgate/formats';
import type { ApiAdmitted } from '../request/exchange.ts';
import { typesOf, variablesIn, variablesOf } from '../request/variables.ts';
import type { Running } from '../running.ts';
import { endOfMatch, segmentsOf } from './segments.ts';
import { escaped, OFFERED, type Soap, type SoapOperation } from './soap.ts';

/** A call on its way. */
export interface SoapCall {
  readonly operation: SoapOperation;
  /** What the caller wants to read. */
  readonly wanted: FormatName;
  readonly envelope: Buffer;
  /** Fields that speak of the envelope, in the place of the caller's. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
}

/**
 * Makes the envelope that a request asks for. Undefined where its API is none of SOAP.
 *
 * @throws {Failure} `not_found`, `method_not_allowed`, `not_acceptable`, `unsupported_media_type`,
 *   `invalid_request`
 */
export async function soapCallOf(
  exchange: ApiAdmitted,
  running: Running,
): Promise<SoapCall | undefined> {
  const { matched, request, response } = exchange;
  const { soap } = matched.api;
  if (soap === undefined) return undefined;
  const segments = segmentsOf(matched.api.rewrite ?? matched.api.path);
  const path = matched.path.slice(endOfMatch(segments, matched.path, false) ?? 0);
  const here = soap.operations.filter((one) => one.path === path);
  const [first] = here;
  if (first === undefined) throw new Failure('not_found', 'this API has no such operation');
  const operation = here.find(({ method }) => method === request.method);
  if (operation === undefined) {
    response.setHeader('allow', here.map(({ method }) => method).join(', '));
    throw new Failure('method_not_allowed', `found ${request.method}, expected ${first.method}`);
  }
  const wanted = acceptedFormat(request.headers.accept, OFFERED);
  if (wanted === undefined) {
    throw new Failure('not_acceptable', `this API can be read as ${typesOf(OFFERED)}`);
  }
  const values =
    operation.method === 'GET'
      ? variablesIn(matched.query.slice(1), operation)
      : await variablesOf(exchange, operation, running);
  const header = operation.header?.render(values, escaped);
  const body = operation.body.render(values, escaped);
  const envelope = Buffer.from(
    `<?xml version="1.0" encoding="utf-8"?>\n<soap:Envelope xmlns:soap="${NAMESPACES[soap.version]}">` +
      (header === undefined ? '' : `<soap:Header>${header}</soap:Header>`) +
      `<soap:Body>${body}</soap:Body></soap:Envelope>`,
  );
  return { operation, wanted, envelope, fields: fieldsOf(soap.version, operation.action) };
}

/** SOAP 1.1 (W3C Note, 2000), section 4.1; SOAP 1.2 part 1, section 5.1. */
const NAMESPACES = {
  '1.1': 'http://schemas.xmlsoap.org/soap/envelope/',
  '1.2': 'http://www.w3.org/2003/05/soap-envelope',
} as const;

/** SOAP 1.1, section 6.1; 1.2 part 2, section 7.1 (RFC 3902). */
function fieldsOf(version: Soap['version'], action: string): Map<string, readonly string[]> {
  // What the caller said of its own body, or wanted a part of.
  const gone = ['content-length', 'content-encoding', 'range', 'if-range'].map(
    (name) => [name, []] as const,
  );
  const about = action === '' ? '' : `; action="${action}"`;
  return version === '1.1'
    ? new Map<string, readonly string[]>([
        ...gone,
        ['content-type', ['text/xml; charset=utf-8']],
        ['accept', ['text/xml']],
        ['accept-encoding', ['identity']],
        ['soapaction', [`"${action}"`]],
      ])
    : new Map<string, readonly string[]>([
        ...gone,
        ['content-type', [`application/soap+xml; charset=utf-8${about}`]],
        ['accept', ['application/soap+xml']],
        ['accept-encoding', ['identity']],
      ]);
}
