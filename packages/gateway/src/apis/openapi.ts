import type { Mistake } from '@vitalgate/contract';
import { parse } from 'yaml';
import { Shift } from '../guard/shift.ts';
import { mistakesOf, type Errors } from '../json-schema.ts';
import { Compiler } from './openapi-compiler.ts';
import { checkContent, contentFor, type Content } from './openapi-content.ts';
import {
  parsed,
  entries,
  isJson,
  isModern,
  list,
  modern,
  pathOf,
  urlOf,
  type Json,
  type Location,
  type Parameter,
  type Placed,
} from './openapi-document.ts';
import {
  cookiesIn,
  decoded,
  parameterOf,
  single,
  valueOf,
  valuesInQuery,
} from './openapi-parameters.ts';
import { PathTemplate } from './openapi-path.ts';
import { yamlBeside } from './yaml-beside.ts';

/** What there is of a request that can be looked at before its body. */
export interface RequestHead {
  readonly query: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** JSON is YAML too, and read a hundred times as fast as JSON. */
const jsonOf = (text: string): unknown => (/^\s*\{/.test(text) ? parsed(text) : undefined);

const METHODS = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch']);

/**
 * A description of an API, OpenAPI 3.0 or 3.1 (spec.openapis.org), as validators. Schemas are
 * compiled where they stand, so that every reference inside the document holds; references to other
 * documents do not.
 */
export class Description {
  readonly #operations: Operation[] = [];
  /** As it was written. */
  readonly #told: Json;
  /** In the words of 3.1. */
  readonly document: Json;
  /** Path of the first server, which stands before every path. */
  readonly base: string;

  private constructor(document: unknown) {
    if (!isJson(document) || !/^3\.[01]\./.test(String(document['openapi']))) {
      throw new TypeError('expected a document of OpenAPI 3.0 or 3.1');
    }
    this.document = isModern(document) ? document : (modern(document) as Json);
    const [server] = list(document['servers']);
    this.base = isJson(server) ? pathOf(urlOf(server)).replace(/\/+$/, '') : '';
    this.#told = document;
  }

  /**
   * At once, as at a start.
   *
   * @throws {Error} for what is no such document, with the reason
   */
  static read(text: string): Description {
    const made = new Description(jsonOf(text) ?? parse(text));
    for (const operation of made.#compiled()) made.#operations.push(operation);
    return made.#sorted();
  }

  /**
   * The same while others are served: a document of thousands of operations takes seconds to compile,
   * and one of YAML as long to be read.
   *
   * @throws {Error} as `read`
   */
  static async readBeside(text: string): Promise<Description> {
    const made = new Description(jsonOf(text) ?? (await yamlBeside(text)));
    const shift = new Shift();
    for (const operation of made.#compiled()) {
      made.#operations.push(operation);
      if (shift.isOver) await shift.begin();
    }
    return made.#sorted();
  }

  *#compiled(): Generator<Operation> {
    const compiler = new Compiler(this.#told, this.document);
    for (const [path, item] of entries(this.#told['paths'])) {
      const place = ['paths', path];
      for (const [method, operation] of entries(item)) {
        if (!METHODS.has(method) || !isJson(operation)) continue;
        const parameters = [
          ...compiler.all([...place, 'parameters']),
          ...compiler.all([...place, method, 'parameters']),
        ];
        yield new Operation(compiler, [...place, method], new PathTemplate(path), parameters);
      }
    }
  }

  get operations(): readonly Operation[] {
    return this.#operations;
  }

  #sorted(): this {
    // The plainer path is the closer one: /orders/mine before /orders/{id}.
    this.#operations.sort((a, b) => a.path.openness - b.path.openness);
    return this;
  }

  /** The operation of a request; undefined where the document knows none. */
  find(method: string, path: string): Found | undefined {
    if (!path.startsWith(this.base)) return undefined;
    const rest = path.slice(this.base.length);
    const found = this.#found(method.toLowerCase(), rest);
    // RFC 9110, section 9.3.2: whatever can be had by GET has a head.
    return found === undefined && method === 'HEAD' ? this.#found('get', rest) : found;
  }

  #found(method: string, rest: string): Found | undefined {
    for (const operation of this.#operations) {
      if (operation.method !== method) continue;
      const captured = operation.path.capture(rest);
      if (captured !== undefined) return { operation, captured };
    }
    return undefined;
  }
}

/** An operation of which a schema cannot be used. */
export interface BrokenOperation {
  /** Its method and its path, as the document has them. */
  readonly operation: string;
  readonly detail: string;
}

/** Told of one document; a long list helps nobody. */
const MOST_BROKEN = 50;

/** Compiles every schema, which takes seconds in a document of thousands, and tells those that cannot be used. */
export function brokenIn({ operations }: Description): BrokenOperation[] {
  const broken: BrokenOperation[] = [];
  for (const operation of operations) {
    const detail = operation.whyBroken();
    if (detail === undefined) continue;
    broken.push({ operation: `${operation.method.toUpperCase()} ${operation.path.text}`, detail });
    if (broken.length === MOST_BROKEN) break;
  }
  return broken;
}

export interface Found {
  readonly operation: Operation;
  /** Segments of the path that stand for parameters, as they were written. */
  readonly captured: Readonly<Record<string, string>>;
}

/** One method of one path. */
export class Operation {
  readonly method: string;
  readonly path: PathTemplate;
  readonly isBodyRequired: boolean;
  readonly #parameters: readonly Parameter[];
  readonly #heads: ReadonlyMap<Location, Errors>;
  readonly #bodies: readonly Content[];
  readonly #answers: ReadonlyMap<string, readonly Content[]>;

  constructor(
    compiler: Compiler,
    place: readonly string[],
    path: PathTemplate,
    parameters: readonly Placed[],
  ) {
    this.method = place.at(-1) ?? '';
    this.path = path;
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
    this.#bodies =
      body === undefined ? [] : compiler.contents([...body.place, 'content'], 'request');
    const answers = entries(compiler.at([...place, 'responses'])?.json);
    this.#answers = new Map(
      answers.map(([status]) => {
        const answer = compiler.at([...place, 'responses', status]);
        const contents =
          answer === undefined ? [] : compiler.contents([...answer.place, 'content'], 'answer');
        return [status.toUpperCase(), contents];
      }),
    );
  }

  /** The first of its schemas that cannot be used, and why. */
  whyBroken(): string | undefined {
    const contents = [...this.#bodies, ...[...this.#answers.values()].flat()];
    const all = [
      ...this.#heads.values(),
      ...contents.flatMap(({ validate, fields }) => [
        validate,
        ...[...fields.values()].flatMap((field) => [field.validate, field.headers]),
      ]),
    ];
    try {
      // What comes of it does not matter: it is compiled for it.
      for (const errorsIn of all) errorsIn?.(null);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
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
    return [...this.#heads].flatMap(([location, errorsIn]) =>
      mistakesOf(errorsIn(found[location]), location),
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
    return checkContent(contentFor(this.#bodies, contentType), contentType, body);
  }

  readsAnswer(status: number, contentType: string | undefined): boolean {
    return this.#answer(status, contentType)?.validate !== undefined;
  }

  checkAnswer(status: number, contentType: string | undefined, body: Buffer): Mistake[] {
    return checkContent(this.#answer(status, contentType), contentType, body);
  }

  #answer(status: number, contentType: string | undefined): Content | undefined {
    const contents =
      this.#answers.get(String(status)) ??
      this.#answers.get(`${Math.floor(status / 100)}XX`) ??
      this.#answers.get('DEFAULT');
    return contents && contentFor(contents, contentType);
  }
}
