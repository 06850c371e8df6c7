import { z } from 'zod';
import { mapping, mappings } from './api-mappings.ts';
import { apiCache } from './cache.ts';
import { flag, httpUrl, known, name, whole } from './fields.ts';
import { limits } from './limits.ts';
import { duration, size } from './quantities.ts';
import { soap } from './soap.ts';

/** The section `apis`: HTTP APIs behind the gateway, each with the upstreams that serve it. */

/** RFC 9110, section 9.1; CONNECT and TRACE never pass. */
const method = z
  .string()
  .regex(/^[A-Z][A-Z-]{0,31}$/, { error: 'expected a method in capitals, such as GET' })
  .refine((text) => text !== 'CONNECT' && text !== 'TRACE', {
    error: 'CONNECT and TRACE are never passed on',
  });

/** RFC 9110, section 5.1, without the names that frame a message or that the gateway sets itself. */
const headerName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^`|~-]{1,128}$/, { error: 'expected the name of a header' })
  .transform((text) => text.toLowerCase())
  .refine((text) => !FRAMING.has(text), { error: 'this header frames messages; it cannot be set' });

const FRAMING = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const headerValue = z
  .string()
  .regex(/^[\t\x20-\x7e]{0,8192}$/, { error: 'expected a value of printable ASCII' });

const headerRules = known({
  /** Replaces what the message has. */
  set: z.record(headerName, headerValue).default({}),
  remove: z.array(headerName).default([]),
});

/** Segments of plain characters (RFC 3986, section 3.3), or `{name}` for any one segment. */
const SEGMENTS = /^(?:\/(?:\{[A-Za-z_][A-Za-z0-9_]*\}|[A-Za-z0-9._~!$&'()*+,;=:@-]+))*\/?$/;

const path = z
  .string()
  .max(512)
  .regex(SEGMENTS, { error: 'expected a path such as /orders or /shops/{shop}/orders' })
  .refine((text) => text.startsWith('/'), { error: 'expected a path that begins with /' })
  .refine((text) => !text.split('/').some((one) => one === '.' || one === '..'), {
    error: 'expected a path without . and .. segments',
  });

const host = z
  .string()
  .regex(/^(?:\*\.)?(?:[a-z0-9-]{1,63}\.)*[a-z0-9-]{1,63}$/i, {
    error: 'expected a host name such as api.example.com or *.example.com, without a port',
  })
  .transform((text) => text.toLowerCase());

const upstream = z.preprocess(
  (value) => (typeof value === 'string' ? { url: value } : value),
  known({
    url: httpUrl,
    /** Shown in headers, reports and metrics, where an address would tell callers too much. */
    name: name.optional(),
    weight: z.number().positive({ error: 'expected a weight above 0' }).max(1_000_000).default(1),
  }),
);

const health = known({
  path: z.string().regex(/^\/[\x21-\x7e]*$/, { error: 'expected a path such as /health' }),
  interval: duration().default(10_000),
  timeout: duration().default(2000),
  rise: whole(1, 100).default(1),
  fall: whole(1, 100).default(3),
});

const timeouts = known({
  connect: duration().default(2000),
  /** From the last byte of the request to the head of the answer. */
  head: duration().default(30_000),
  /** Between two pieces of an answer. */
  idle: duration().default(60_000),
  /** The whole exchange; a long download has none. */
  total: duration().optional(),
  /** Silence on a connection that was upgraded, as to a WebSocket. */
  tunnel: duration().default(3_600_000),
});

const retries = known({
  /** Upstreams asked for one request, the first included. */
  attempts: whole(1, 10).default(3),
  /** Methods that may be sent twice (RFC 9110, section 9.2.2); any may with an Idempotency-Key. */
  methods: z.array(method).default(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']),
  statuses: z.array(whole(400, 599)).default([500, 502, 503, 504]),
  /** A larger body is not kept to be sent again. */
  buffer: size().default(64 * 1024),
});

export const formatNames = [
  'json',
  'xml',
  'yaml',
  'csv',
  'tsv',
  'ndjson',
  'form',
  'multipart',
  'msgpack',
  'cbor',
  'protobuf',
] as const;

const format = z.enum(formatNames, { error: `expected one of: ${formatNames.join(', ')}` });

const messageName = z
  .string()
  .regex(/^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/, {
    error: 'expected the name of a message with its package, such as shop.v1.Order',
  })
  .optional();

/** Protobuf has no names of its own: which message a body is has to be said. */
const protobuf = known({
  /** Path of a FileDescriptorSet, as `protoc --include_imports --descriptor_set_out` writes it. */
  descriptors: z.string().min(1),
  request: messageName,
  answer: messageName,
  /** Of answers with a status from 400, which pass as they are without. */
  error: messageName,
});

const formats = known({
  /** What the upstream speaks. */
  upstream: format,
  /** What callers may speak, the preferred first. */
  offered: z.array(format).min(1, { error: 'expected at least one format' }),
  request: mapping,
  answer: mapping,
  /** Of answers with a status from 400. */
  error: mapping,
  /** Bodies are lists, carried over record by record however long they are, as mappings are. */
  records: flag.default(false),
  /** XML: the element around everything, and elements that are lists however many there are. */
  root: z
    .string()
    .regex(/^[A-Za-z_][\w.-]{0,127}$/, { error: 'expected the name of an element' })
    .optional(),
  lists: z.array(z.string().min(1).max(128)).optional(),
  /** CSV and TSV: columns, in order. */
  columns: z.array(z.string().min(1).max(256)).optional(),
  protobuf: protobuf.optional(),
}).refine(
  ({ upstream: spoken, offered, protobuf: told }) =>
    told !== undefined || ![spoken, ...offered].includes('protobuf'),
  {
    error: 'found protobuf among the formats, expected protobuf: { descriptors, request, answer }',
  },
);

const strictness = z.enum(['enforce', 'report', 'off'], {
  error: 'expected one of: enforce, report, off',
});

const openapi = known({
  /** Path or URL of a document of OpenAPI 3.0 or 3.1, in JSON or YAML. */
  document: z.string().min(1),
  /** How often a URL is asked again. */
  refresh: duration().default(3_600_000),
  requests: strictness.default('enforce'),
  answers: strictness.default('report'),
  /** What becomes of requests that the document does not know. */
  unknown: z.enum(['refuse', 'pass'], { error: 'expected one of: refuse, pass' }).default('pass'),
});

export const api = known({
  name,
  host: z
    .preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(host).min(1))
    .optional(),
  path,
  /** Whether longer paths belong to it too. */
  match: z.enum(['prefix', 'exact'], { error: 'expected one of: prefix, exact' }).default('prefix'),
  methods: z.array(method).min(1).optional(),
  upstreams: z.array(upstream).min(1, { error: 'expected at least one upstream' }),
  private: flag.default(false),
  critical: flag.default(false),
  /** Of all its callers together, or of each. */
  limits,
  /** Names of guardrails that read its addresses, bodies and answers, beside those for all. */
  guardrails: z.array(name).optional(),
  /** Takes the place of `path`; `{name}` stands for what it stood for there. */
  rewrite: path.optional(),
  /** Sends the caller's Host on, instead of the upstream's own. */
  preserveHost: flag.default(false),
  /** Lets `%2F` pass in paths; the upstream must not take it for a slash. */
  encodedSlashes: flag.default(false),
  maxBody: size().optional(),
  health: health.optional(),
  timeouts: timeouts.prefault({}),
  retries: retries.prefault({}),
  formats: formats.optional(),
  openapi: openapi.optional(),
  /** Offers calls of a SOAP service; instead of formats and openapi. */
  soap: soap.optional(),
  /** Absent: nothing is remembered. */
  cache: apiCache.optional(),
  mappings: mappings.prefault({}),
  headers: known({
    request: headerRules.prefault({}),
    answer: headerRules.prefault({}),
  }).prefault({}),
});

export type ApiConfig = z.output<typeof api>;
export type UpstreamConfig = ApiConfig['upstreams'][number];
