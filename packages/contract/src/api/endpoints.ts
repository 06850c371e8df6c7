import type * as z from 'zod/mini';
import type { EndpointTable } from './endpoint.ts';
import { cacheEndpoints } from './caches.ts';
import { eventEndpoints } from './events.ts';
import { guardrailEndpoints } from './guardrails.ts';
import { keyEndpoints, limitEndpoints } from './keys.ts';
import { alertEndpoints, auditEndpoints, configurationEndpoints } from './operation.ts';
import { drillEndpoints } from './drills.ts';
import { overviewEndpoints } from './overview.ts';
import { sessionEndpoints, teamEndpoints, userEndpoints } from './people.ts';
import { playgroundEndpoints } from './playground.ts';
import { promptEndpoints } from './prompts.ts';
import { healthEndpoints, requestEndpoints } from './requests.ts';
import { routeEndpoints } from './routes.ts';

/**
 * The admin API, a row for each endpoint. Routes, validation, OpenAPI, the typed client, the mock
 * and the matrix of roles are made from it.
 */
export const endpoints = {
  ...sessionEndpoints,
  ...userEndpoints,
  ...overviewEndpoints,
  ...routeEndpoints,
  ...promptEndpoints,
  ...cacheEndpoints,
  ...keyEndpoints,
  ...teamEndpoints,
  ...limitEndpoints,
  ...guardrailEndpoints,
  ...requestEndpoints,
  ...healthEndpoints,
  ...alertEndpoints,
  ...configurationEndpoints,
  ...auditEndpoints,
  ...drillEndpoints,
  ...playgroundEndpoints,
  ...eventEndpoints,
} as const satisfies EndpointTable;

type Endpoints = typeof endpoints;
export type EndpointKey = keyof Endpoints;

type Named<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Named<Rest>
  : never;
/** Values for the names in braces of a path. */
export type Params<Key extends EndpointKey> = Record<Named<Key>, string>;

type Part<Key extends EndpointKey, Name extends string> = Endpoints[Key] extends {
  readonly [name in Name]: infer Schema extends z.core.$ZodType;
}
  ? Schema
  : undefined;
type Input<Schema> = Schema extends z.core.$ZodType ? z.input<Schema> : undefined;
type Output<Schema, Otherwise> = Schema extends z.core.$ZodType ? z.output<Schema> : Otherwise;

/** What is sent, as the caller writes it. */
export type QueryInput<Key extends EndpointKey> = Input<Part<Key, 'query'>>;
export type BodyInput<Key extends EndpointKey> = Input<Part<Key, 'body'>>;
/** The same after validation, with its defaults. */
export type Query<Key extends EndpointKey> = Output<Part<Key, 'query'>, undefined>;
export type Body<Key extends EndpointKey> = Output<Part<Key, 'body'>, undefined>;
/** What comes back; text where it is not JSON. */
export type Answer<Key extends EndpointKey> = Output<
  Part<Key, 'answer'>,
  Endpoints[Key] extends { readonly media: string } ? string : undefined
>;
