import { readFileSync } from 'node:fs';
import { StartFailure, type ApiConfig } from '@vitalgate/contract';
import {
  FormatError,
  Mapping,
  type FormatName,
  type ReadOptions,
  type WriteOptions,
} from '@vitalgate/formats';
import { Description } from './openapi.ts';
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
}

/** Exchanges with one upstream beyond this are refused rather than queued. */
export const MAX_IN_FLIGHT = 8192;

/** What an API's upstreams speak, and what its callers may. */
export interface Translation {
  readonly upstream: FormatName;
  readonly offered: readonly FormatName[];
  readonly request: Mapping | undefined;
  readonly answer: Mapping | undefined;
  readonly error: Mapping | undefined;
  readonly reading: ReadOptions;
  readonly writing: WriteOptions;
}

/** A configured HTTP API, and the upstreams that serve it. */
export interface Api extends Omit<ApiConfig, 'upstreams' | 'methods' | 'headers' | 'formats'> {
  readonly methods: ReadonlySet<string> | undefined;
  readonly targets: readonly ApiTarget[];
  readonly repeatable: ReadonlySet<string>;
  readonly repeatedFor: ReadonlySet<number>;
  readonly requestRules: HeaderRules;
  readonly answerRules: HeaderRules;
  readonly translation: Translation | undefined;
  readonly description: Description | undefined;
}

/** `loads` is kept across reloads, by target id and address. */
export function buildApis(
  configured: readonly ApiConfig[],
  loads: Map<string, ApiLoad>,
): Map<string, Api> {
  return new Map(configured.map((config) => [config.name, buildApi(config, loads)]));
}

function buildApi(config: ApiConfig, loads: Map<string, ApiLoad>): Api {
  const { upstreams, methods, headers, retries, formats, ...rest } = config;
  const targets: ApiTarget[] = [];
  const api: Api = {
    ...rest,
    retries,
    methods: methods === undefined ? undefined : new Set(methods),
    targets,
    repeatable: new Set(retries.methods),
    repeatedFor: new Set(retries.statuses),
    requestRules: rulesOf(headers.request),
    answerRules: rulesOf(headers.answer),
    description: rest.openapi && descriptionOf(config.name, rest.openapi.document),
    translation: formats && translationOf(config.name, formats),
  };
  for (const [i, { url, name, weight }] of upstreams.entries()) {
    const model = name ?? String(i + 1);
    const id = `${config.name}/${model}`;
    const known = `${id} ${url.href}`;
    const load = loads.get(known) ?? {
      inFlight: 0,
      answeredAt: Number.NEGATIVE_INFINITY,
      impaired: [],
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
  { upstream, offered, root, lists, columns, ...mappings }: NonNullable<ApiConfig['formats']>,
): Translation {
  const mappingOf = (which: 'request' | 'answer' | 'error'): Mapping | undefined => {
    const text = mappings[which];
    try {
      return text === undefined ? undefined : new Mapping(text);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      throw new StartFailure('invalid_config', `apis ${api} formats.${which}: ${error.message}`);
    }
  };
  return {
    upstream,
    offered,
    request: mappingOf('request'),
    answer: mappingOf('answer'),
    error: mappingOf('error'),
    reading: lists === undefined ? {} : { lists },
    writing: {
      ...(root !== undefined && { root }),
      ...(columns !== undefined && { columns }),
    },
  };
}

/** @throws {StartFailure} `invalid_config` for a file that is not there, or describes nothing */
function descriptionOf(api: string, file: string): Description {
  try {
    return new Description(readFileSync(file, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StartFailure('invalid_config', `apis ${api} openapi.document: ${why}`, error);
  }
}
