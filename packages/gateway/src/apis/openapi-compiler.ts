import { Failure } from '@vitalgate/contract';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Content } from './openapi-content.ts';
import {
  entries,
  isJson,
  list,
  type Json,
  type Location,
  type Parameter,
  type Placed,
  without,
} from './openapi-document.ts';
import { fieldsOf, type Fields, type Schemas } from './openapi-fields.ts';
import { errorsBy, linearIfPossible, type Errors } from '../json-schema.ts';

/** Where the document lies among the schemas. */
const DOCUMENT = 'openapi';

/** Values come as what they are, or as text that is made what it should be, where it can be. */
type Source = 'request' | 'answer' | 'texts';

/**
 * Compiles the schemas of a document where they stand, with references followed: each when it is first asked for,
 * since all of a large document are seconds of work, and most of them nobody asks for.
 */
export class Compiler {
  readonly #document: Json;
  readonly #modern: Json;
  readonly #made = new Map<string, Ajv2020>();

  /** @param modern the document in the words of 3.1 */
  constructor(document: Json, modern: Json) {
    this.#document = document;
    this.#modern = modern;
  }

  /** Those that look for every mistake, and those that end with the first. */
  #ajv(source: Source, allErrors: boolean): Ajv2020 {
    const name = `${source} ${allErrors}`;
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const ajv = new Ajv2020({
      strict: false,
      allErrors,
      validateSchema: false,
      logger: false,
      // One value may be a list of one.
      coerceTypes: source === 'texts' ? 'array' : false,
      code: { regExp: linearIfPossible },
    });
    addFormats.default(ajv);
    const flag = source === 'answer' ? 'writeOnly' : 'readOnly';
    ajv.addSchema(without(flag, this.#modern) as Json, DOCUMENT);
    this.#made.set(name, ajv);
    return ajv;
  }

  /** @throws {Failure} `internal_error`, once it is called, where the schema is none */
  #errorsOf(source: Source, schema: object): Errors {
    let errors: Errors | undefined;
    const compiled = (allErrors: boolean): ValidateFunction => {
      try {
        return this.#ajv(source, allErrors).compile(schema);
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        const message = `a schema in the description of this API cannot be used: ${why}`;
        throw new Failure('internal_error', message, { cause });
      }
    };
    return (value) => {
      errors ??= errorsBy(compiled);
      return errors(value);
    };
  }

  readonly #schemas: Schemas = {
    at: (place) => this.at(place),
    validate: (place) => this.#errorsOf('request', ref(place)),
    headers: (found, required) => {
      const properties = Object.fromEntries([...found].map(([name, at]) => [name, ref(at)]));
      return this.#errorsOf('texts', { type: 'object', properties, required });
    },
  };

  /** What stands at a place, references followed. */
  at(place: readonly string[], hops = 0): Placed | undefined {
    let found: unknown = this.#document;
    for (const key of place)
      found = isJson(found) || Array.isArray(found) ? (found as Json)[key] : undefined;
    if (!isJson(found)) return undefined;
    const reference = found['$ref'];
    if (typeof reference !== 'string') return { place, json: found };
    if (!reference.startsWith('#/') || hops > 20) {
      throw new TypeError(
        `expected references into the document, found ${reference.slice(0, 100)}`,
      );
    }
    const target = reference
      .slice(2)
      .split('/')
      .map((one) => decodeURIComponent(one).replaceAll('~1', '/').replaceAll('~0', '~'));
    return this.at(target, hops + 1);
  }

  /** The members of a list, references followed. */
  all(place: readonly string[]): Placed[] {
    let found: unknown = this.#document;
    for (const key of place) found = isJson(found) ? found[key] : undefined;
    return list(found).flatMap((_one, i) => this.at([...place, String(i)]) ?? []);
  }

  contents(place: readonly string[], direction: 'request' | 'answer'): Content[] {
    return entries(this.at(place)?.json).map(([name, content]) => {
      const type = name.toLowerCase();
      const kind = kindOf(type, direction);
      const hasSchema = isJson(content) && content['schema'] !== undefined;
      if (kind === undefined || !hasSchema) {
        return { type, kind: 'json', fields: NO_FIELDS, validate: undefined };
      }
      const source = kind === 'json' ? direction : 'texts';
      const fields = kind === 'json' ? NO_FIELDS : fieldsOf([...place, name], this.#schemas);
      return {
        type,
        kind,
        fields,
        validate: this.#errorsOf(source, ref([...place, name, 'schema'])),
      };
    });
  }

  heads(parameters: readonly Parameter[]): Map<Location, Errors> {
    const heads = new Map<Location, Errors>();
    for (const location of ['path', 'query', 'header', 'cookie'] as const) {
      const here = parameters.filter((one) => one.location === location);
      if (here.length === 0) continue;
      const properties = Object.fromEntries(here.map(({ name, place }) => [name, ref(place)]));
      const required = here.filter(({ isRequired }) => isRequired).map(({ name }) => name);
      heads.set(location, this.#errorsOf('texts', { type: 'object', properties, required }));
    }
    return heads;
  }
}

const NO_FIELDS: Fields = new Map();

function kindOf(type: string, direction: 'request' | 'answer'): Content['kind'] | undefined {
  if (/[/+]json\b/.test(type)) return 'json';
  if (type === 'application/x-www-form-urlencoded') return 'form';
  return type === 'multipart/form-data' && direction === 'request' ? 'multipart' : undefined;
}

const ref = (place: readonly string[]): object => ({ $ref: `${DOCUMENT}#${pointerTo(place)}` });

const pointerTo = (place: readonly string[]): string =>
  place
    .map((one) => `/${encodeURIComponent(one.replaceAll('~', '~0').replaceAll('/', '~1'))}`)
    .join('');
