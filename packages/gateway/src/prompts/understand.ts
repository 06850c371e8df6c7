import { Failure } from '@vitalgate/contract';
import { scanRequest } from '@vitalgate/dialects';
import { acceptedFormat, type FormatName } from '@vitalgate/formats';
import type { Key } from '../access/keys.ts';
import { contains } from '../access/networks.ts';
import type { Admission, Identity, PromptArrived, Understood } from '../request/exchange.ts';
import { typesOf, variablesOf } from '../request/variables.ts';
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
    const possible = typesOf(prompt.offered);
    throw new Failure('not_acceptable', `this prompt can be read as ${possible}`);
  }
  const values = await variablesOf(admitted, prompt, running);
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
