import type { Stored, StoredResponses } from '../../toy/stored-responses.ts';
import { type Call, type House, Refusal, type Reply } from '../dialect.ts';

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
