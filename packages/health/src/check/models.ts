import { http, type HttpAnswer } from './http.ts';
import type { Patience } from './deadline.ts';
import type { Look } from './outcome.ts';

export interface ModelsCheck extends Patience {
  /** The base address of an OpenAI-compatible endpoint, such as `https://api.openai.com/v1`. */
  readonly url: string;
  readonly apiKey?: string;
  /** Warns when this model is not listed. Endpoints may serve by names they do not list: no failure. */
  readonly model?: string;
}

/** Well when a model endpoint lists its models, which costs nothing. No token is ever generated. */
export function models(check: ModelsCheck): Look {
  const { url, apiKey, model, ...patience } = check;
  let isListed = true;
  const look = http({
    ...patience,
    url: `${url.replace(/\/+$/, '')}/models`,
    headers: { accept: 'application/json', ...(apiKey && { authorization: `Bearer ${apiKey}` }) },
    maxBytes: 4 * 2 ** 20,
    expect: (answer) => {
      const listed = listedBy(answer);
      isListed = model === undefined || (listed?.has(model) ?? false);
      return listed === undefined ? unlisted(answer) : undefined;
    },
  });
  return async (signal) => {
    const outcome = await look(signal);
    if (outcome.status !== 'pass' || isListed) return outcome;
    return { ...outcome, status: 'warn', reason: 'model_not_listed' };
  };
}

function unlisted({ code }: HttpAnswer): string {
  return code >= 200 && code < 300 ? 'malformed_answer' : `http_${code}`;
}

function listedBy({ code, body }: HttpAnswer): Set<string> | undefined {
  if (code < 200 || code >= 300) return undefined;
  try {
    const { data } = JSON.parse(body) as { data?: readonly { id?: string }[] };
    return Array.isArray(data) ? new Set(data.map((one) => String(one?.id))) : undefined;
  } catch {
    return undefined;
  }
}
