import { Failure, StartFailure, type SoapConfig } from '@vitalgate/contract';
import { FormatError, formats, Template, type FormatName } from '@vitalgate/formats';
import type { BoundMapping, MappingThread } from './mapping.ts';
import { compileVariables, type Signature, type Variables } from '../variables-schema.ts';

/** One call of a SOAP service. */
export interface SoapOperation extends Variables, Signature {
  readonly path: string;
  readonly method: 'GET' | 'POST';
  readonly action: string;
  readonly description: string | undefined;
  readonly header: Template | undefined;
  readonly body: Template;
  readonly answer: BoundMapping | undefined;
  readonly lists: readonly string[];
}

/** A SOAP service as its callers see it: paths that take and give documents. */
export interface Soap {
  readonly version: '1.1' | '1.2';
  readonly endpoint: string;
  readonly operations: readonly SoapOperation[];
}

/** What callers may speak, the preferred first. */
export const OFFERED: readonly FormatName[] = ['json', 'xml', 'yaml', 'form', 'msgpack', 'cbor'];

/** @throws {StartFailure} `invalid_config` for a schema, a template or a mapping that is none */
export function buildSoap(
  api: string,
  { version, endpoint, operations }: SoapConfig,
  mappings: MappingThread,
): Soap {
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
        answer:
          answer === undefined ? undefined : attempt('answer', () => mappings.mapping(answer)),
        lists,
      };
    }),
  };
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
export function escaped(text: string): string {
  if (UNSAYABLE.test(text)) {
    throw new Failure('invalid_request', 'found control characters, which XML does not have');
  }
  return text.replace(/[&<>"']/g, (one) => ENTITIES[one] ?? one);
}
