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

/** Those that look for every mistake, and those that end with the first. */
interface Both {
  readonly all: Ajv2020;
  readonly first: Ajv2020;
}

/** Compiles the schemas of a document where they stand, with references followed. */
export class Compiler {
  readonly #document: Json;
  readonly #typed: Readonly<Record<'request' | 'answer', Both>>;
  /** Whatever comes as text is made what it should be, where it can be. */
  readonly #texts: Both;

  constructor(document: Json, schemas: Json) {
    this.#document = document;
    const make = (coerceTypes: 'array' | false, allErrors: boolean, document: Json) => {
      const ajv = new Ajv2020({
        strict: false,
        allErrors,
        validateSchema: false,
        logger: false,
        coerceTypes,
        code: { regExp: linearIfPossible },
      });
      addFormats.default(ajv);
      return ajv.addSchema(document, DOCUMENT);
    };
    const both = (coerceTypes: 'array' | false, document: Json): Both => ({
      all: make(coerceTypes, true, document),
      first: make(coerceTypes, false, document),
    });
    const asked = without('readOnly', schemas) as Json;
    const answered = without('writeOnly', schemas) as Json;
    this.#typed = { request: both(false, asked), answer: both(false, answered) };
    // One value may be a list of one.
    this.#texts = both('array', asked);
  }

  readonly #schemas: Schemas = {
    at: (place) => this.at(place),
    validate: (place) => errorsIn(this.#typed.request, place),
    headers: (found, required) => {
      const properties = Object.fromEntries([...found].map(([name, at]) => [name, ref(at)]));
      return this.#texts.all.compile({ type: 'object', properties, required });
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
      const by = kind === 'json' ? this.#typed[direction] : this.#texts;
      const fields = kind === 'json' ? NO_FIELDS : fieldsOf([...place, name], this.#schemas);
      return { type, kind, fields, validate: errorsIn(by, [...place, name, 'schema']) };
    });
  }

  heads(parameters: readonly Parameter[]): Map<Location, ValidateFunction> {
    const heads = new Map<Location, ValidateFunction>();
    for (const location of ['path', 'query', 'header', 'cookie'] as const) {
      const here = parameters.filter((one) => one.location === location);
      if (here.length === 0) continue;
      const properties = Object.fromEntries(here.map(({ name, place }) => [name, ref(place)]));
      const required = here.filter(({ isRequired }) => isRequired).map(({ name }) => name);
      heads.set(location, this.#texts.all.compile({ type: 'object', properties, required }));
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

const errorsIn = (by: Both, place: readonly string[]): Errors =>
  errorsBy((allErrors) => (allErrors ? by.all : by.first).compile(ref(place)));

const ref = (place: readonly string[]): object => ({ $ref: `${DOCUMENT}#${pointerTo(place)}` });

const pointerTo = (place: readonly string[]): string =>
  place
    .map((one) => `/${encodeURIComponent(one.replaceAll('~', '~0').replaceAll('/', '~1'))}`)
    .join('');
