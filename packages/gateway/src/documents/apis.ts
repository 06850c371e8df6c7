import { formats } from '@vitalgate/formats';
import type { Api } from '../apis/api.ts';
import type { Soap } from '../apis/soap.ts';
import { segmentsOf } from '../apis/segments.ts';
import { isJson, refusals, type Json } from './json.ts';

/** What one API adds to the document. */
interface Parts {
  readonly paths: Readonly<Record<string, Json>>;
  readonly components: Readonly<Record<string, Json>>;
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'] as const;

/** As its own description says, where its callers find it; without one its path and methods. */
export function apiParts(api: Api): Parts {
  const { description, soap } = api;
  if (soap !== undefined) return { paths: soapPaths(api, soap), components: {} };
  if (description === undefined) return { paths: plainPaths(api), components: {} };
  const { document, base } = description;
  const renamed = renamer(api.name);
  const paths: Record<string, Json> = {};
  for (const [path, item] of Object.entries(jsonIn(document, 'paths'))) {
    const told = isJson(item) ? callerPath(api, base + path) : undefined;
    if (told === undefined || !isJson(item)) continue;
    const operations = METHODS.flatMap((method) => {
      const operation = item[method];
      const isTaken = api.methods?.has(method.toUpperCase()) ?? true;
      return isTaken && isJson(operation)
        ? [[method, operationOf(api, operation, renamed, told.added)] as const]
        : [];
    });
    if (operations.length === 0) continue;
    const shared = isJson(item) && 'parameters' in item ? { parameters: item['parameters'] } : {};
    paths[told.path] = { ...(renamed(shared) as Json), ...Object.fromEntries(operations) };
  }
  const { securitySchemes: _own, ...components } = jsonIn(document, 'components');
  return {
    paths,
    components: Object.fromEntries(
      Object.entries(components).map(([section, named]) => [
        section,
        isJson(named)
          ? Object.fromEntries(
              Object.entries(named).map(([key, one]) => [ownName(api.name, key), renamed(one)]),
            )
          : {},
      ]),
    ),
  };
}

const jsonIn = (document: Json, section: string): Json => {
  const found = document[section];
  return isJson(found) ? found : {};
};

const ownName = (api: string, name: string): string => `${api.replace(/[^\w.-]/g, '_')}.${name}`;

const COMPONENT = /^#\/components\/([\w-]+)\/([^/]+)(.*)$/s;

/** References follow what they refer to, which is named anew. */
function renamer(api: string): (value: unknown) => unknown {
  const reference = (text: string) =>
    text.replace(COMPONENT, (_all, section: string, name: string, rest: string) => {
      return `#/components/${section}/${ownName(api, name)}${rest}`;
    });
  const renamed = (value: unknown, key?: string): unknown => {
    if (Array.isArray(value)) return value.map((one) => renamed(one));
    if (isJson(value)) {
      return Object.fromEntries(
        Object.entries(value).map(([name, one]) => [
          name,
          key === 'mapping' && typeof one === 'string' ? reference(one) : renamed(one, name),
        ]),
      );
    }
    return key === '$ref' && typeof value === 'string' ? reference(value) : value;
  };
  return (value) => renamed(value);
}

function operationOf(
  api: Api,
  operation: Json,
  renamed: (value: unknown) => unknown,
  added: readonly string[],
): Json {
  const { operationId, security: _own, servers: _theirs, tags: _tags, ...rest } = operation;
  const told = renamed(rest) as Record<string, unknown>;
  if (added.length > 0) {
    const parameters = Array.isArray(told['parameters']) ? (told['parameters'] as unknown[]) : [];
    told['parameters'] = [...parameters, ...added.map(parameterOf)];
  }
  if (isJson(told['requestBody'])) told['requestBody'] = offeredIn(api, told['requestBody'], true);
  const responses = isJson(told['responses']) ? told['responses'] : {};
  told['responses'] = {
    ...refusals,
    ...Object.fromEntries(
      Object.entries(responses).map(([status, one]) => [
        status,
        isJson(one) ? offeredIn(api, one, false) : one,
      ]),
    ),
  };
  return {
    tags: [api.name],
    ...(typeof operationId === 'string' && { operationId: ownName(api.name, operationId) }),
    ...told,
  };
}

/** A body in every format that callers may speak; what a mapping makes of it nobody has described. */
function offeredIn({ translation }: Api, described: Json, isRequest: boolean): Json {
  const { content } = described;
  if (translation === undefined || !isJson(content)) return described;
  const [first] = Object.values(content);
  const isMapped = (isRequest ? translation.request : translation.answer) !== undefined;
  const one = isMapped || !isJson(first) ? {} : first;
  const types = translation.offered.map((name) => [formats[name].mediaTypes[0], one] as const);
  return { ...described, content: Object.fromEntries(types) };
}

/** Where callers find what the description has at a path; undefined where no caller's path leads. */
function callerPath(
  { path, rewrite, match }: Api,
  described: string,
): { readonly path: string; readonly added: readonly string[] } | undefined {
  const inner = segmentsOf(rewrite ?? path);
  const parts = described.replace(/\/$/, '').split('/').slice(1);
  if (parts.length < inner.length) return undefined;
  const stands = new Map<string, string>();
  for (const [i, segment] of inner.entries()) {
    const part = parts[i] ?? '';
    if ('name' in segment) stands.set(segment.name, part);
    else if (segment.text !== part) return undefined;
  }
  const rest = parts.slice(inner.length);
  if (match === 'exact' && rest.length > 0) return undefined;
  const added: string[] = [];
  const outer = segmentsOf(path).map((segment) => {
    if ('text' in segment) return segment.text;
    const known = stands.get(segment.name);
    if (known === undefined) added.push(segment.name);
    return known ?? `{${segment.name}}`;
  });
  return { path: `/${[...outer, ...rest].join('/')}`, added };
}

const parameterOf = (name: string): Json => ({
  name,
  in: 'path',
  required: true,
  schema: { type: 'string' },
});

/** Calls of a SOAP service, as its callers make them. */
function soapPaths(api: Api, { operations }: Soap): Record<string, Json> {
  const own = api.path.replace(/\/$/, '');
  const names = segmentsOf(api.path).flatMap((one) => ('name' in one ? [one.name] : []));
  const paths: Record<string, Json> = {};
  for (const { path, method, input, offered, description } of operations) {
    const content = (schema: unknown): Json =>
      Object.fromEntries(offered.map((name) => [formats[name].mediaTypes[0], { schema }]));
    const required = new Set(input['required'] as readonly string[]);
    const variables = Object.entries(jsonIn(input, 'properties'));
    const inQuery = variables.map(([name, schema]) => ({
      name,
      in: 'query',
      required: required.has(name),
      schema,
    }));
    const parameters = [...names.map(parameterOf), ...(method === 'GET' ? inQuery : [])];
    paths[own + path] = {
      ...paths[own + path],
      [method.toLowerCase()]: {
        tags: [api.name],
        operationId: ownName(api.name, `${method.toLowerCase()}${path.replaceAll('/', '.')}`),
        ...(description !== undefined && { description }),
        ...(parameters.length > 0 && { parameters }),
        ...(method === 'POST' && {
          requestBody: { required: required.size > 0, content: content(input) },
        }),
        responses: {
          '200': { description: 'What the service answers.', content: content({}) },
          ...refusals,
        },
      },
    };
  }
  return paths;
}

/** OpenAPI has no words for a path of any length: one more segment stands for what is below. */
function plainPaths(api: Api): Record<string, Json> {
  const { path, match, methods } = api;
  const own = path.replace(/\/$/, '') || '/';
  const names = segmentsOf(path).flatMap((one) => ('name' in one ? [one.name] : []));
  const taken = METHODS.filter((method) => methods?.has(method.toUpperCase()) ?? true);
  const item = (parameters: readonly string[], suffix: string): Json => ({
    ...(parameters.length > 0 && { parameters: parameters.map(parameterOf) }),
    ...Object.fromEntries(
      taken.map((method) => [
        method,
        {
          tags: [api.name],
          operationId: ownName(api.name, `${method}${suffix}`),
          summary: 'Passed on as it is; what it says is between you and the API.',
          responses: { default: { description: 'What the API answers.' }, ...refusals },
        },
      ]),
    ),
  });
  return {
    [own]: item(names, ''),
    ...(match === 'prefix' && {
      [`${own === '/' ? '' : own}/{path}`]: item([...names, 'path'], '.below'),
    }),
  };
}
