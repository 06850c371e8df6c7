import { Failure } from '@vitalgate/contract';
import { scanRequest } from '@vitalgate/dialects';
import {
  acceptedFormat,
  FormatError,
  formatOf,
  formats,
  read,
  write,
  type FormatName,
  type Value,
  type ValueRecord,
} from '@vitalgate/formats';
import type { Key } from '../access/keys.ts';
import { contains } from '../access/networks.ts';
import { toldOf } from '../json-schema.ts';
import { readBody, tooLarge } from '../request/body.ts';
import type { Admission, Identity, PromptArrived, Understood } from '../request/exchange.ts';
import { featuresOf } from '../routing/features.ts';
import { findRoute } from '../routing/routes.ts';
import type { Running } from '../running.ts';
import { requestOf, type Prompt } from './prompt.ts';

type PromptAdmitted = PromptArrived & Identity & Admission;

/** A request for a model that was made of a prompt, and how its answer is wanted. */
export type PromptUnderstood = Understood &
  Pick<PromptArrived, 'prompt'> & { readonly wanted: FormatName };

/**
 * Stage 3 for a prompt: its variables in their places, as a request for its model.
 *
 * @throws {Failure} `api_denied`, `model_not_found`, `network_denied`, `not_acceptable`,
 *   `unsupported_media_type`, `invalid_request`
 */
export async function understandPrompt(
  admitted: PromptAdmitted,
  running: Running,
): Promise<PromptUnderstood> {
  const { prompt, receipt, address, request } = admitted;
  receipt.model = prompt.model;
  if (!mayCall(admitted.key, prompt)) {
    throw new Failure('api_denied', 'this key may not call this prompt');
  }
  const found = findRoute(running.routes, running.providers, prompt.model);
  if (found === undefined) {
    throw new Failure('model_not_found', `the model of ${prompt.id} is not configured`);
  }
  if (found.networks?.some((ranges) => !contains(ranges, address)) === true) {
    throw new Failure('network_denied', `this prompt may not be called from ${address}`);
  }
  const wanted = acceptedFormat(request.headers.accept, prompt.offered);
  if (wanted === undefined) {
    throw new Failure('not_acceptable', `this prompt can be read as ${typesOf(prompt)}`);
  }
  const values = await variablesOf(admitted, running);
  const body = Buffer.from(JSON.stringify(requestOf(prompt, values)));
  const scanned = scanRequest(body);
  if (!scanned.ok) throw new Failure('internal_error', 'the request of a prompt cannot be read');
  const guardrails = [...(found.guardrails ?? []), ...(prompt.guardrails ?? [])];
  const route = guardrails.length === 0 ? found : { ...found, guardrails };
  const features = featuresOf(scanned, body);
  const made = { body, scanned, route, features, isSealed: false, intent: undefined };
  return Object.assign(admitted, made, { wanted });
}

/** A key that names prompts may call those, whatever models it may use by itself. */
export function mayCall(key: Key | undefined, { name, model }: Prompt): boolean {
  if (key === undefined) return true;
  const { prompts, models } = key;
  return prompts === undefined ? (models?.has(model) ?? true) : prompts.has(name);
}

const typesOf = ({ offered }: Prompt): string =>
  offered.map((name) => formats[name].mediaTypes[0]).join(', ');

/** Formats that have texts and nothing else: their numbers are what the schema says they are. */
const TEXTS: ReadonlySet<FormatName> = new Set(['xml', 'csv', 'tsv', 'form', 'multipart']);

/** What the caller gives, with defaults filled in. */
async function variablesOf(admitted: PromptAdmitted, running: Running): Promise<ValueRecord> {
  const { prompt, headers } = admitted;
  const { contentEncoding, contentType = '', contentLength } = headers;
  const { maxBody, bodyTimeout } = running.config.server;
  if (contentEncoding !== undefined && contentEncoding !== 'identity') {
    throw new Failure(
      'unsupported_media_type',
      `found a body with content-encoding ${contentEncoding.slice(0, 40)}, expected a plain one`,
    );
  }
  if ((contentLength ?? 0) > maxBody) throw tooLarge(maxBody);
  const bytes = await readBody(admitted, maxBody, bodyTimeout, running);
  const from = bytes.length === 0 ? 'json' : formatOf(contentType);
  if (from === undefined || !prompt.offered.includes(from)) {
    throw new Failure(
      'unsupported_media_type',
      `found content-type ${contentType.slice(0, 80) || 'none'}, expected one of ${typesOf(prompt)}`,
    );
  }
  const given = bytes.length === 0 ? {} : await documentOf(bytes, from, contentType);
  const mistakes = TEXTS.has(from) ? prompt.checkTexts(given) : prompt.checkInput(given);
  if (mistakes.length > 0) throw new Failure('invalid_request', toldOf(mistakes), { mistakes });
  return given as ValueRecord;
}

/** A document as JSON has it, which is what schemas speak of. */
async function documentOf(bytes: Buffer, from: FormatName, contentType: string): Promise<unknown> {
  try {
    const value = await read(bytes, from, { contentType, infer: false });
    const { bytes: json } = await write(unwrapped(value, from), 'json');
    return JSON.parse(Buffer.from(json).toString()) as unknown;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new Failure('invalid_request', error.message, { cause: error });
  }
}

/** XML has an element around everything, and a table is a list, be it of one row. */
function unwrapped(value: Value, from: FormatName): Value {
  if (from === 'xml' && typeof value === 'object' && value !== null) {
    const [only, ...others] = Object.values(value as ValueRecord);
    return only !== undefined && others.length === 0 ? only : value;
  }
  const isTable = from === 'csv' || from === 'tsv' || from === 'ndjson';
  return isTable && Array.isArray(value) && value.length === 1 ? (value[0] as Value) : value;
}
