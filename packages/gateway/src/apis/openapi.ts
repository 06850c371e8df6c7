import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Mistake } from '@vitalgate/contract';
import { parse } from 'yaml';
import { mistakesOf } from '../json-schema.ts';
import { capture, segmentsOf, type Segment } from './segments.ts';

/** What there is of a request that can be looked at before its body. */
export interface RequestHead {
  readonly query: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

type Json = Readonly<Record<string, unknown>>;
type Location = 'path' | 'query' | 'header' | 'cookie';

/** Where the document lies among the schemas. */
const DOCUMENT = 'openapi';
const METHODS = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch']);

/**
 * A description of an API, OpenAPI 3.0 or 3.1 (spec.openapis.org), as validators. Schemas are
 * compiled where they stand, so that every reference inside the document holds; references to other
 * documents do not.
 */
export class Description {
  readonly #operations: Operation[] = [];
  /** In the words of 3.1. */
  readonly document: Json;
  /** Path of the first server, which stands before every path. */
  readonly base: string;

  /** @throws {Error} for what is no such document, with the reason */
  constructor(text: string) {
    const document: unknown = parse(text);
    if (!isJson(document) || !/^3\.[01]\./.test(String(document['openapi']))) {
      throw new TypeError('expected a document of OpenAPI 3.0 or 3.1');
    }
    this.document = isModern(document) ? document : (modern(document) as Json);
    const compiler = new Compiler(document, this.document);
    const [server] = list(document['servers']);
    this.base = pathOf(isJson(server) ? String(server['url']) : '').replace(/\/+$/, '');
    for (const [path, item] of entries(document['paths'])) {
      const place = ['paths', path];
      for (const [method, operation] of entries(item)) {
        if (!METHODS.has(method) || !isJson(operation)) continue;
        const parameters = [
          ...compiler.all([...place, 'parameters']),
          ...compiler.all([...place, method, 'parameters']),
        ];
        this.#operations.push(
          new Operation(compiler, [...place, method], segmentsOf(path), parameters),
        );
      }
    }
    // The plainer path is the closer one: /orders/mine before /orders/{id}.
    this.#operations.sort((a, b) => a.named - b.named);
  }

  /** The operation of a request; undefined where the document knows none. */
  find(method: string, path: string): Found | undefined {
    if (!path.startsWith(this.base)) return undefined;
    const rest = path.slice(this.base.length);
    for (const operation of this.#operations) {
      if (operation.method !== method.toLowerCase()) continue;
      const captured = capture(operation.segments, rest);
      if (captured !== undefined) return { operation, captured };
    }
    return undefined;
  }
}

export interface Found {
  readonly operation: Operation;
  /** Segments of the path that stand for parameters, as they were written. */
  readonly captured: Readonly<Record<string, string>>;
}

interface Parameter {
  readonly name: string;
  readonly location: Location;
  readonly isRequired: boolean;
  readonly type: unknown;
  readonly style: string;
  readonly explode: boolean;
  readonly isJson: boolean;
  readonly place: readonly string[];
}

/** One method of one path. */
export class Operation {
  readonly method: string;
  readonly segments: readonly Segment[];
  readonly named: number;
  readonly isBodyRequired: boolean;
  readonly #parameters: readonly Parameter[];
  readonly #heads: ReadonlyMap<Location, ValidateFunction>;
  readonly #bodies: readonly Content[];
  readonly #answers: ReadonlyMap<string, readonly Content[]>;

  constructor(
    compiler: Compiler,
    place: readonly string[],
    segments: readonly Segment[],
    parameters: readonly Placed[],
  ) {
    this.method = place.at(-1) ?? '';
    this.segments = segments;
    this.named = segments.filter((one) => 'name' in one).length;
    const byName = new Map(
      parameters.map((one) => {
        const parameter = parameterOf(one, compiler);
        return [`${parameter.location} ${parameter.name}`, parameter];
      }),
    );
    this.#parameters = [...byName.values()];
    this.#heads = compiler.heads(this.#parameters);
    const body = compiler.at([...place, 'requestBody']);
    this.isBodyRequired = body?.json['required'] === true;
    this.#bodies = body === undefined ? [] : compiler.contents([...body.place, 'content']);
    const answers = entries(compiler.at([...place, 'responses'])?.json);
    this.#answers = new Map(
      answers.map(([status]) => {
        const answer = compiler.at([...place, 'responses', status]);
        const contents =
          answer === undefined ? [] : compiler.contents([...answer.place, 'content']);
        return [status.toUpperCase(), contents];
      }),
    );
  }

  /** What is wrong with path, query and fields. */
  checkHead({ query, headers }: RequestHead, captured: Found['captured']): Mistake[] {
    const found: Record<Location, Record<string, unknown>> = {
      path: {},
      query: {},
      header: {},
      cookie: {},
    };
    const search = new URLSearchParams(query);
    const cookies = cookiesIn(headers['cookie']);
    for (const parameter of this.#parameters) {
      const { name, location } = parameter;
      const values =
        location === 'query'
          ? valuesInQuery(search, parameter)
          : single(
              location === 'path'
                ? decoded(captured[name])
                : location === 'header'
                  ? headers[name]
                  : cookies.get(name),
            );
      const value = valueOf(values, parameter);
      if (value !== undefined) found[location][name] = value;
    }
    return [...this.#heads].flatMap(([location, validate]) =>
      validate(found[location]) ? [] : mistakesOf(validate.errors, location),
    );
  }

  /** Whether a body of this type is described; undefined where no type is. */
  takes(contentType: string | undefined): boolean | undefined {
    if (this.#bodies.length === 0) return undefined;
    return contentFor(this.#bodies, contentType) !== undefined;
  }

  /** Whether a body has to be read to be checked. */
  readsBody(contentType: string | undefined): boolean {
    return contentFor(this.#bodies, contentType)?.validate !== undefined;
  }

  checkBody(contentType: string | undefined, body: Buffer): Mistake[] {
    return checkContent(contentFor(this.#bodies, contentType), body);
  }

  readsAnswer(status: number, contentType: string | undefined): boolean {
    return this.#answer(status, contentType)?.validate !== undefined;
  }

  checkAnswer(status: number, contentType: string | undefined, body: Buffer): Mistake[] {
    return checkContent(this.#answer(status, contentType), body);
  }

  #answer(status: number, contentType: string | undefined): Content | undefined {
    const contents =
      this.#answers.get(String(status)) ??
      this.#answers.get(`${Math.floor(status / 100)}XX`) ??
      this.#answers.get('DEFAULT');
    return contents && contentFor(contents, contentType);
  }
}

/** What one media type of a body has to be. */
interface Content {
  readonly type: string;
  readonly isForm: boolean;
  readonly validate: ValidateFunction | undefined;
}

interface Placed {
  readonly place: readonly string[];
  readonly json: Json;
}

class Compiler {
  readonly #document: Json;
  readonly #typed: Ajv2020;
  /** Whatever comes as text is made what it should be, where it can be. */
  readonly #texts: Ajv2020;

  constructor(document: Json, schemas: Json) {
    this.#document = document;
    const make = (coerceTypes: boolean) => {
      const ajv = new Ajv2020({
        strict: false,
        allErrors: true,
        validateSchema: false,
        logger: false,
        coerceTypes,
      });
      addFormats.default(ajv);
      return ajv.addSchema(schemas, DOCUMENT);
    };
    this.#typed = make(false);
    this.#texts = make(true);
  }

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

  contents(place: readonly string[]): Content[] {
    return entries(this.at(place)?.json).map(([type, content]) => {
      const isForm = type.toLowerCase() === 'application/x-www-form-urlencoded';
      const isRead = isForm || /[/+]json\b/i.test(type);
      const hasSchema = isJson(content) && content['schema'] !== undefined;
      const validate =
        isRead && hasSchema
          ? (isForm ? this.#texts : this.#typed).compile(ref([...place, type, 'schema']))
          : undefined;
      return { type: type.toLowerCase(), isForm, validate };
    });
  }

  heads(parameters: readonly Parameter[]): Map<Location, ValidateFunction> {
    const heads = new Map<Location, ValidateFunction>();
    for (const location of ['path', 'query', 'header', 'cookie'] as const) {
      const here = parameters.filter((one) => one.location === location);
      if (here.length === 0) continue;
      const properties = Object.fromEntries(here.map(({ name, place }) => [name, ref(place)]));
      const required = here.filter(({ isRequired }) => isRequired).map(({ name }) => name);
      heads.set(location, this.#texts.compile({ type: 'object', properties, required }));
    }
    return heads;
  }
}

const ref = (place: readonly string[]): object => ({ $ref: `${DOCUMENT}#${pointerTo(place)}` });

const pointerTo = (place: readonly string[]): string =>
  place
    .map((one) => `/${encodeURIComponent(one.replaceAll('~', '~0').replaceAll('/', '~1'))}`)
    .join('');

function parameterOf({ place, json }: Placed, compiler: Compiler): Parameter {
  const location = String(json['in']) as Location;
  const name = String(json['name']);
  const [media] = entries(json['content']);
  const schema =
    media === undefined ? [...place, 'schema'] : [...place, 'content', media[0], 'schema'];
  const usual = location === 'query' || location === 'cookie' ? 'form' : 'simple';
  const style = typeof json['style'] === 'string' ? json['style'] : usual;
  return {
    name: location === 'header' ? name.toLowerCase() : name,
    location,
    isRequired: json['required'] === true || location === 'path',
    type: compiler.at(schema)?.json['type'],
    style,
    explode: json['explode'] === undefined ? style === 'form' : json['explode'] === true,
    isJson: media !== undefined,
    place: schema,
  };
}

function valuesInQuery(
  search: URLSearchParams,
  { name, style }: Parameter,
): string[] | Json | undefined {
  if (style !== 'deepObject') {
    const values = search.getAll(name);
    return values.length === 0 ? undefined : values;
  }
  const members = [...search].filter(([key]) => key.startsWith(`${name}[`) && key.endsWith(']'));
  if (members.length === 0) return undefined;
  return Object.fromEntries(members.map(([key, value]) => [key.slice(name.length + 1, -1), value]));
}

const separators: Readonly<Record<string, string>> = { spaceDelimited: ' ', pipeDelimited: '|' };

/** What a parameter says, as far as its text goes; types are made of texts by the validator. */
function valueOf(values: readonly string[] | Json | undefined, parameter: Parameter): unknown {
  if (values === undefined || !isTexts(values)) return values;
  const { type, style, explode, isJson: isDocument } = parameter;
  const [first = ''] = values;
  if (isDocument) return parsed(Buffer.from(first));
  const isList = type === 'array' || (Array.isArray(type) && type.includes('array'));
  if (isList) return explode && values.length > 1 ? values : first.split(separators[style] ?? ',');
  // Two values where one belongs: which of them counts is nothing to be guessed.
  return values.length === 1 ? first : values;
}

const isTexts = (values: readonly string[] | Json): values is readonly string[] =>
  Array.isArray(values);

const single = (value: string | string[] | undefined): string[] | undefined =>
  value === undefined ? undefined : [Array.isArray(value) ? value.join(',') : value];

function decoded(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return text;
  }
}

function cookiesIn(header: string | string[] | undefined): Map<string, string> {
  const text = Array.isArray(header) ? header.join('; ') : (header ?? '');
  return new Map(
    text.split(/;\s*/).flatMap((pair) => {
      const at = pair.indexOf('=');
      return at > 0 ? [[pair.slice(0, at), pair.slice(at + 1)] as const] : [];
    }),
  );
}

function contentFor(
  contents: readonly Content[],
  contentType: string | undefined,
): Content | undefined {
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const family = `${type.split('/', 1)[0]}/*`;
  for (const wanted of [type, family, '*/*']) {
    const found = contents.find((one) => one.type.split(';', 1)[0]?.trim() === wanted);
    if (found !== undefined) return found;
  }
  return undefined;
}

function checkContent(content: Content | undefined, body: Buffer): Mistake[] {
  if (content?.validate === undefined) return [];
  const { validate, isForm } = content;
  const value = isForm ? formOf(body) : parsed(body);
  if (value === undefined) return [{ in: 'body', pointer: '', detail: 'must be JSON' }];
  return validate(value) ? [] : mistakesOf(validate.errors, 'body');
}

function formOf(body: Buffer): Json {
  const fields = new URLSearchParams(body.toString());
  return Object.fromEntries(
    [...new Set(fields.keys())].map((name) => {
      const values = fields.getAll(name);
      return [name, values.length === 1 ? values[0] : values];
    }),
  );
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString()) as unknown;
  } catch {
    return undefined;
  }
}

/** Schemas of 3.0 in the words of 3.1: `nullable`, and limits that are exclusive by a flag. */
function modern(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(modern);
  if (!isJson(value)) return value;
  const made: Record<string, unknown> = {};
  for (const [key, one] of Object.entries(value)) made[key] = modern(one);
  for (const [flag, limit] of [
    ['exclusiveMinimum', 'minimum'],
    ['exclusiveMaximum', 'maximum'],
  ] as const) {
    if (typeof made[flag] !== 'boolean') continue;
    if (made[flag]) {
      made[flag] = made[limit];
      delete made[limit];
    } else delete made[flag];
  }
  if (made['nullable'] !== true) return made;
  const { nullable: _nullable, ...rest } = made;
  return { anyOf: [rest, { type: 'null' }] };
}

const isModern = (document: Json): boolean => !String(document['openapi']).startsWith('3.0.');

const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const entries = (value: unknown): [string, unknown][] =>
  isJson(value) ? Object.entries(value) : [];

/** A server's URL may be a path alone, and may hold variables. */
const pathOf = (url: string): string =>
  url.replace(/^[a-z+.-]+:\/\/[^/]*/i, '').replace(/[?#].*$/, '');
