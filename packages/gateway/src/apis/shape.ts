import { Failure } from '@vitalgate/contract';
import {
  acceptedFormat,
  FormatError,
  formatOf,
  formats,
  read,
  write,
  type FormatName,
  type Value,
  type Written,
} from '@vitalgate/formats';
import { readBody } from '../request/body.ts';
import type { ApiAdmitted } from '../request/exchange.ts';
import type { Running } from '../running.ts';
import type { Translation } from './api.ts';

/** How one exchange is carried over between what its caller speaks and what its upstream does. */
export interface Shape {
  readonly translation: Translation;
  /** What the caller wants to read. */
  readonly wanted: FormatName;
  /** The request as the upstream reads it; undefined where it passes as it is. */
  readonly body: Written | undefined;
}

/**
 * Says how a request has to be carried over, and does so with its body.
 *
 * @throws {Failure} `not_acceptable`, `unsupported_media_type`, `invalid_request`
 */
export async function shapeOf(
  exchange: ApiAdmitted,
  hasBody: boolean,
  running: Running,
): Promise<Shape | undefined> {
  const { api } = exchange.matched;
  const { translation } = api;
  if (translation === undefined) return undefined;
  const { offered } = translation;
  const wanted = acceptedFormat(exchange.request.headers.accept, offered);
  if (wanted === undefined) {
    throw new Failure('not_acceptable', `this API can be read as ${typesOf(offered)}`);
  }
  const body = hasBody ? await carriedOver(exchange, translation, running) : undefined;
  return { translation, wanted, body };
}

async function carriedOver(
  exchange: ApiAdmitted,
  { upstream, offered, request: mapping, reading, writing }: Translation,
  running: Running,
): Promise<Written | undefined> {
  const { contentType = '', contentEncoding } = exchange.headers;
  const from = formatOf(contentType);
  if (from === undefined || !offered.includes(from)) {
    throw new Failure(
      'unsupported_media_type',
      `found content-type ${contentType.slice(0, 80) || 'none'}, expected one of ${typesOf(offered)}`,
    );
  }
  if (from === upstream && mapping === undefined) return undefined;
  if (contentEncoding !== undefined && contentEncoding !== 'identity') {
    throw new Failure(
      'unsupported_media_type',
      'found a body that is compressed, expected a plain one: it has to be read',
    );
  }
  const { maxBody, bodyTimeout } = running.config.server;
  const limit = Math.min(exchange.matched.api.maxBody ?? maxBody, maxBody);
  const bytes = await readBody(exchange, limit, bodyTimeout, running);
  try {
    const value = await read(bytes, from, { ...reading, contentType });
    const mapped = mapping === undefined ? value : await mapping.apply(value, bindingsOf(exchange));
    return await write(mapped, upstream, writing);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new Failure('invalid_request', error.message, { cause: error });
  }
}

/** What an expression may look at besides the document. */
const bindingsOf = ({ request, matched }: ApiAdmitted): Record<string, Value> => ({
  method: request.method ?? '',
  path: matched.path,
  query: Object.fromEntries(new URLSearchParams(matched.query)),
});

/** What an answer was written in, and whether it has to be read to be carried over. */
export function formatToRead(
  { translation, wanted }: Shape,
  status: number,
  contentType: string | undefined,
): FormatName | undefined {
  const from = contentType === undefined ? undefined : formatOf(contentType);
  if (from === undefined) return undefined;
  const isMapped = (status < 400 ? translation.answer : translation.error) !== undefined;
  return from === wanted && !isMapped ? undefined : from;
}

/**
 * An answer as its caller reads it.
 *
 * @throws {FormatError}
 */
export async function answerCarriedOver(
  { translation, wanted }: Shape,
  {
    status,
    from,
    contentType,
    bytes,
  }: {
    readonly status: number;
    readonly from: FormatName;
    readonly contentType: string;
    readonly bytes: Buffer;
  },
): Promise<Written> {
  const { reading, writing } = translation;
  const value = await read(bytes, from, { ...reading, contentType });
  const mapping = status < 400 ? translation.answer : translation.error;
  return write(
    mapping === undefined ? value : await mapping.apply(value, { status }),
    wanted,
    writing,
  );
}

/** The type that an upstream is asked for. */
export const upstreamType = ({ translation }: Shape): string =>
  formats[translation.upstream].mediaTypes[0];

const typesOf = (offered: readonly FormatName[]): string =>
  offered.map((name) => formats[name].mediaTypes[0]).join(', ');
