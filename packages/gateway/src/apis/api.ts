import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { StartFailure, type ApiConfig } from '@vitalgate/contract';
import {
  messageType,
  type FormatName,
  type MessageType,
  type ReadOptions,
  type WriteOptions,
} from '@vitalgate/formats';
import type { HeadMappings } from './head-mappings.ts';
import type { BoundMapping, MappingThread } from './mapping.ts';
import { DescriptionSource } from './description-source.ts';
import type { Description } from './openapi.ts';
import { credentialsIn } from './own-secrets.ts';
import { buildSoap, type Soap } from './soap.ts';
import { Silence } from '../routing/silence.ts';
import { Door } from '../upstream/door.ts';

/** What one API asks of the messages that pass: header fields to be set and to be left out. */
export interface HeaderRules {
  /** Names and values in turn. */
  readonly set: readonly string[];
  /** Also those that are set. */
  readonly remove: ReadonlySet<string>;
}

/** One upstream of an API: what a request is sent to, and what health is kept of. */
export interface ApiTarget {
  /** `api/upstream`, as shown in headers, reports and metrics. */
  readonly id: string;
  readonly provider: Api;
  /** The upstream's name, or its place in the configuration, from 1. */
  readonly model: string;
  readonly url: URL;
  /** Path that every path is put behind; without a slash at its end. */
  readonly base: string;
  readonly weight: number;
  readonly door: Door;
  /** A verdict about it holds for this place and these rules, and no other. */
  readonly criteria: string;
  readonly load: ApiLoad;
}

/** What an upstream is doing right now. */
export interface ApiLoad {
  inFlight: number;
  /** Monotonic milliseconds of the last request it answered well; long ago, at first. */
  answeredAt: number;
  /** Paths that its health document says do not work, as patterns; the rest of it does. */
  impaired: readonly string[];
  readonly silence: Silence;
}

/** Exchanges with one upstream beyond this are refused rather than queued. */
export const MAX_IN_FLIGHT = 8192;

/** What an API's upstreams speak, and what its callers may. */
export interface Translation {
  readonly upstream: FormatName;
  readonly offered: readonly FormatName[];
  readonly request: BoundMapping | undefined;
  readonly answer: BoundMapping | undefined;
  readonly error: BoundMapping | undefined;
  /** Bodies are lists, carried over and mapped record by record. */
  readonly records: boolean;
  readonly reading: ReadOptions;
  readonly writing: WriteOptions;
  /** What bodies in Protobuf are. */
  readonly messages: Readonly<Record<Direction, MessageType | undefined>>;
}

/** Which way a body goes: to an upstream, or back, by its status. */
export type Direction = 'request' | 'answer' | 'error';

/** A configured HTTP API, and the upstreams that serve it. */
export interface Api extends Omit<
  ApiConfig,
  'upstreams' | 'methods' | 'headers' | 'formats' | 'mappings' | 'soap'
> {
  readonly methods: ReadonlySet<string> | undefined;
  readonly targets: readonly ApiTarget[];
  readonly repeatable: ReadonlySet<string>;
  readonly repeatedFor: ReadonlySet<number>;
  readonly requestRules: HeaderRules;
  readonly answerRules: HeaderRules;
  /** Among the fields that are set, in the ways in which an answer could tell them. */
  readonly ownSecrets: readonly Buffer[];
  readonly translation: Translation | undefined;
  readonly headMappings: HeadMappings;
  /** Undefined also while it could not be fetched. */
  readonly description: Description | undefined;
  readonly source: DescriptionSource | undefined;
  readonly soap: Soap | undefined;
  /** What its answers are remembered under: asked of other upstreams, or with other fields, they are others. */
  readonly answersName: string;
}

export function buildApis(configured: readonly ApiConfig[], parts: ApiParts): Map<string, Api> {
  return new Map(configured.map((config) => [config.name, buildApi(config, parts)]));
}

type ApiParts = ConstructorParameters<typeof DescriptionSource>[3] & {
  /** Kept across reloads, by target id and address. */
  readonly apiLoads: Map<string, ApiLoad>;
  readonly mappingThread: MappingThread;
};

function buildApi(config: ApiConfig, parts: ApiParts): Api {
  const { apiLoads: loads, mappingThread } = parts;
  const { upstreams, methods, headers, retries, formats, mappings, ...rest } = config;
  const targets: ApiTarget[] = [];
  const source =
    rest.openapi && new DescriptionSource(config.name, rest.openapi, config.private, parts);
  const api: Api = {
    ...rest,
    retries,
    methods: methods === undefined ? undefined : new Set(methods),
    targets,
    repeatable: new Set(retries.methods),
    repeatedFor: new Set(retries.statuses),
    requestRules: rulesOf(headers.request),
    answerRules: rulesOf(headers.answer),
    ownSecrets: credentialsIn(headers.request.set),
    soap: rest.soap && buildSoap(config.name, rest.soap, mappingThread),
    source,
    get description() {
      return source?.current;
    },
    translation: formats && translationOf(config.name, formats, mappingThread),
    headMappings: headMappingsOf(config.name, mappings, mappingThread),
    answersName: hash(
      'sha256',
      JSON.stringify([config.name, upstreams.map(({ url }) => url.href), headers.request]),
      'base64url',
    ),
  };
  for (const [i, { url, name, weight }] of upstreams.entries()) {
    const model = name ?? String(i + 1);
    const id = `${config.name}/${model}`;
    const known = `${id} ${url.href}`;
    const load = loads.get(known) ?? {
      inFlight: 0,
      answeredAt: Number.NEGATIVE_INFINITY,
      impaired: [],
      silence: new Silence(),
    };
    loads.set(known, load);
    targets.push({
      id,
      provider: api,
      model,
      url,
      base: url.pathname.replace(/\/+$/, ''),
      weight,
      door: new Door({ origin: url, mayBePrivate: config.private }),
      criteria: `${url.href} ${JSON.stringify(config.health ?? null)}`,
      load,
    });
  }
  return api;
}

function rulesOf({ set, remove }: ApiConfig['headers']['request']): HeaderRules {
  return {
    set: Object.entries(set).flat(),
    remove: new Set([...remove, ...Object.keys(set)]),
  };
}

/** @throws {StartFailure} `invalid_config` for a mapping that is none */
function translationOf(
  api: string,
  {
    upstream,
    offered,
    records,
    root,
    lists,
    columns,
    protobuf,
    ...mappings
  }: NonNullable<ApiConfig['formats']>,
  thread: MappingThread,
): Translation {
  const mappingOf = (which: Direction) =>
    mappingAt(`apis ${api} formats.${which}`, mappings[which], thread);
  const descriptors =
    protobuf &&
    usable(`apis ${api} formats.protobuf.descriptors`, () => readFileSync(protobuf.descriptors));
  const messageOf = (which: Direction): MessageType | undefined => {
    const name = protobuf?.[which];
    return descriptors === undefined || name === undefined
      ? undefined
      : usable(`apis ${api} formats.protobuf.${which}`, () => messageType(descriptors, name));
  };
  return {
    upstream,
    offered,
    request: mappingOf('request'),
    answer: mappingOf('answer'),
    error: mappingOf('error'),
    records,
    reading: lists === undefined ? {} : { lists },
    writing: {
      ...(root !== undefined && { root }),
      ...(columns !== undefined && { columns }),
    },
    messages: {
      request: messageOf('request'),
      answer: messageOf('answer'),
      error: messageOf('error'),
    },
  };
}

function headMappingsOf(
  api: string,
  { request, answer, error }: ApiConfig['mappings'],
  thread: MappingThread,
): HeadMappings {
  const at = (place: string, text: string | undefined) =>
    mappingAt(`apis ${api} mappings.${place}`, text, thread);
  return {
    method: at('request.method', request.method),
    query: at('request.query', request.query),
    request: at('request.headers', request.headers),
    answer: at('answer.headers', answer.headers),
    error: at('error.headers', error.headers),
  };
}

/** @throws {StartFailure} `invalid_config` for a mapping that is none */
const mappingAt = (
  place: string,
  text: string | undefined,
  mappings: MappingThread,
): BoundMapping | undefined =>
  text === undefined ? undefined : usable(place, () => mappings.mapping(text));

/** @throws {StartFailure} `invalid_config`, with the place and why nothing could be made of it */
function usable<Made>(place: string, make: () => Made): Made {
  try {
    return make();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StartFailure('invalid_config', `${place}: ${why}`, error);
  }
}
