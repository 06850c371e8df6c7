import { listIn, textIn, valueIn } from './fields.ts';
import { readJson } from './usage.ts';

/** What a caller has to be told when the gateway itself refuses or gives up. */
export interface ToldFailure {
  /** One of the gateway's codes, e.g. `invalid_key`. */
  readonly code: string;
  /** HTTP status, 400 to 599. */
  readonly status: number;
  /** For people: what was found, what was expected, what to do. Holds no secret. */
  readonly message: string;
  readonly requestId: string;
}

/** What a vendor says about a request it refused, in its own words, wherever it puts them. */
export function refusalText(body: string): string | undefined {
  const parsed = readJson(body);
  // Gemini's compatible endpoint wraps its error in an array.
  const told: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
  const error = valueIn(told, 'error');
  const text =
    textIn(error, 'message') ??
    (typeof error === 'string' ? error : undefined) ??
    textIn(told, 'message') ??
    textIn(told, 'detail') ??
    details(told) ??
    details(valueIn(told, 'message'));
  return text === undefined || text === '' ? undefined : text.slice(0, MAX_TEXT);
}

/** A list of what is wrong and where, as FastAPI's servers and Mistral have it. */
function details(told: unknown): string | undefined {
  const list = listIn(told, 'detail').map((one) => {
    const place = listIn(one, 'loc').join('.');
    return `${place}${place === '' ? '' : ': '}${textIn(one, 'msg') ?? ''}`;
  });
  return list.length === 0 ? undefined : list.join('; ');
}

/** Enough for every refusal that a person reads. */
const MAX_TEXT = 1000;
