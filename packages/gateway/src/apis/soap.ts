import { Failure, StartFailure, type SoapConfig } from '@vitalgate/contract';
import {
  acceptedFormat,
  FormatError,
  formats,
  Mapping,
  Template,
  type FormatName,
} from '@vitalgate/formats';
import type { ApiAdmitted } from '../request/exchange.ts';
import { typesOf, variablesIn, variablesOf, type Signature } from '../request/variables.ts';
import type { Running } from '../running.ts';
import { compileVariables, type Variables } from '../variables-schema.ts';
import { endOfMatch, segmentsOf } from './segments.ts';

/** One call of a SOAP service. */
export interface SoapOperation extends Variables, Signature {
  readonly path: string;
  readonly method: 'GET' | 'POST';
  readonly action: string;
  readonly description: string | undefined;
  readonly header: Template | undefined;
  readonly body: Template;
  readonly answer: Mapping | undefined;
  readonly lists: readonly string[];
}

/** A SOAP service as its callers see it: paths that take and give documents. */
export interface Soap {
  readonly version: '1.1' | '1.2';
  readonly endpoint: string;
  readonly operations: readonly SoapOperation[];
}

/** A call on its way. */
export interface SoapCall {
  readonly operation: SoapOperation;
  /** What the caller wants to read. */
  readonly wanted: FormatName;
  readonly envelope: Buffer;
  /** Fields that speak of the envelope, in the place of the caller's. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
}

/** What callers may speak, the preferred first. */
const OFFERED: readonly FormatName[] = ['json', 'xml', 'yaml', 'form', 'msgpack', 'cbor'];

/** @throws {StartFailure} `invalid_config` for a schema, a template or a mapping that is none */
export function buildSoap(api: string, { version, endpoint, operations }: SoapConfig): Soap {
  return {
    version,
    endpoint,
    operations: operations.map((config) => {
      const { path, method, action, description, variables, lists = [] } = config;
      const attempt = <T>(field: string, make: () => T): T => {
        try {
          return make();
        } catch (error) {
          const why = error instanceof Error ? error.message : String(error);
          const place = `apis ${api} soap ${path} ${field}`;
          throw new StartFailure('invalid_config', `${place}: ${why}`, error);
        }
      };
      const templateOf = (field: string, text: string) =>
        attempt(field, () => {
          const template = new Template(text);
          const unknown = [...template.names].find((name) => !Object.hasOwn(variables, name));
          if (unknown !== undefined) {
            throw new FormatError('bad_template', `{{${unknown}}} is none of its variables`);
          }
          // What is no XML without values will be none with them.
          void formats.xml.read(Buffer.from(`<x>${template.render({}, escaped)}</x>`), {});
          return template;
        });
      const { header, answer } = config;
      return {
        ...attempt('variables', () => compileVariables(variables)),
        offered: OFFERED,
        path,
        method,
        action,
        description,
        header: header === undefined ? undefined : templateOf('header', header),
        body: templateOf('body', config.body),
        answer: answer === undefined ? undefined : attempt('answer', () => new Mapping(answer)),
        lists,
      };
    }),
  };
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

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** What XML 1.0 has no way to say (section 2.2). */
// oxlint-disable-next-line no-control-regex -- these are what it is about
const UNSAYABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

/** A value as text in an element or in an attribute. */
function escaped(text: string): string {
  if (UNSAYABLE.test(text)) {
    throw new Failure('invalid_request', 'found control characters, which XML does not have');
  }
  return text.replace(/[&<>"']/g, (one) => ENTITIES[one] ?? one);
}
