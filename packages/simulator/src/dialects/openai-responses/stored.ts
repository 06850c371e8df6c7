import type { JsonObject } from '../../json.ts';
import { type Call, type House, Refusal, type Reply } from '../dialect.ts';

/** What was kept of one response. */
export interface Stored {
  readonly response: JsonObject;
  /** All that was said before it, the turns of earlier responses included. */
  readonly input: readonly JsonObject[];
  readonly output: readonly JsonObject[];
}

/** Responses by their ids, as OpenAI keeps them unless `store` is false; the newest thousand. */
export class StoredResponses {
  readonly #kept = new Map<string, Stored>();
  readonly #most: number;

  constructor(most = 1000) {
    this.#most = most;
  }

  keep(id: string, stored: Stored): void {
    this.#kept.set(id, stored);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#most) break;
      this.#kept.delete(oldest);
    }
  }

  get(id: string): Stored | undefined {
    return this.#kept.get(id);
  }

  /** The conversation up to and with a response, to be gone on with. */
  turnsTo(id: string): readonly JsonObject[] | undefined {
    const stored = this.#kept.get(id);
    return stored === undefined ? undefined : [...stored.input, ...stored.output];
  }

  forget(id: string): void {
    this.#kept.delete(id);
  }
}

/** `GET /v1/responses/{id}`. */
export function retrieve({ named = '' }: Call, { stored }: House): Reply {
  return whole(found(named, stored).response);
}

/** `GET /v1/responses/{id}/input_items`: the newest first, as OpenAI lists unless told otherwise. */
export function inputItems({ named = '', query }: Call, { stored }: House): Reply {
  const isOldestFirst = new URLSearchParams(query).get('order') === 'asc';
  const { input } = found(named, stored);
  const all = input.map((item, index) => ({ id: `msg_${named.slice(5)}${index}`, ...item }));
  const data = isOldestFirst ? all : all.toReversed();
  return whole({
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: false,
  });
}

/** `DELETE /v1/responses/{id}`. */
export function remove({ named: id = '' }: Call, { stored }: House): Reply {
  found(id, stored);
  stored.forget(id);
  return whole({ id, object: 'response', deleted: true });
}

function found(id: string, stored: StoredResponses): Stored {
  const one = stored.get(id);
  if (one !== undefined) return one;
  throw new Refusal({ status: 404, code: null, message: `Response with id '${id}' not found.` });
}

const whole = (body: object): Reply => ({ kind: 'whole', body: JSON.stringify(body), tokens: 0 });
