import type { Addressee, DialectName, ProviderDialect } from '../codec.ts';
import { codecs } from '../codecs.ts';
import { AnswerError, RequestError } from '../errors.ts';
import { isJsonObject } from '../fields.ts';
import type { Intent, JsonObject } from '../intent.ts';
import { parseJson } from '../json.ts';
import { Losses } from '../losses.ts';
import { withoutOrphans, withSentNames } from '../names.ts';
import { refused, type WholeTranslation } from '../translate.ts';
import { readJson } from '../usage.ts';
import { wires } from '../wires.ts';
import { callers, providers, type Counter } from './dialects.ts';
import { estimateInput } from './estimate.ts';

/** A request to count, with the model where the path says it. */
export interface AskedCount {
  readonly dialect: DialectName;
  readonly body: Buffer;
  readonly model: string | undefined;
  /** Unique, of the request. */
  readonly id: string;
}

/**
 * Asks a provider of another dialect how many tokens a request has.
 *
 * @throws {RequestError} when it cannot be understood, or holds what this provider cannot be given
 */
export function translateCount(
  asked: AskedCount,
  to: ProviderDialect,
  addressee: Addressee,
): WholeTranslation {
  const caller = counterOf(callers, asked.dialect);
  const provider = counterOf(providers, to);
  const losses = new Losses();
  const chat =
    wires[to].like === asked.dialect
      ? caller.unwrap(parseJson(asked.body.toString()))
      : written(readCounted(asked, caller), to, addressee, losses);
  if (!isJsonObject(chat)) throw new RequestError('body', chat, 'an object');
  return {
    body: JSON.stringify(provider.wrap(chat, addressee.model)),
    losses,
    answer(text) {
      const tokens = provider.read(readJson(text));
      if (tokens === undefined) throw new AnswerError('found no number of tokens');
      return JSON.stringify(caller.write(tokens));
    },
    failure: (text, status) => refused(asked.dialect, text, status, asked.id),
  };
}

/**
 * The answer, JSON, where no provider counts.
 *
 * @throws {RequestError} when the request cannot be understood
 */
export function estimateCount(asked: AskedCount): {
  readonly body: string;
  readonly losses: Losses;
} {
  const caller = counterOf(callers, asked.dialect);
  const tokens = estimateInput(readCounted(asked, caller));
  const answer = caller.write(tokens);
  const losses = new Losses();
  const [path = ''] = Object.keys(answer).slice(-1);
  losses.altered(path, 'estimated from the length of the text: no provider of this model counts');
  return { body: JSON.stringify(answer), losses };
}

function counterOf<Name extends string>(
  counters: Readonly<Partial<Record<Name, Counter>>>,
  name: Name,
): Counter {
  const counter = counters[name];
  if (counter === undefined) {
    throw new RequestError('model', name, 'a dialect in which tokens are counted');
  }
  return counter;
}

function readCounted({ dialect, body, model }: AskedCount, caller: Counter): Intent {
  const asked = caller.unwrap(parseJson(body.toString()));
  return codecs[dialect].readRequest({ body: asked, model, stream: false });
}

/** The chat as the provider would be sent it. How an answer would be tuned counts for nothing. */
function written(
  asked: Intent,
  to: ProviderDialect,
  addressee: Addressee,
  losses: Losses,
): JsonObject {
  const { params, paths } = asked;
  const { reasoning } = params;
  const codec = codecs[to];
  const counted: Intent = {
    ...asked,
    params: reasoning === undefined ? {} : { reasoning },
    paths: paths.reasoning === undefined ? {} : { reasoning: paths.reasoning },
  };
  const { intent } = withSentNames(withoutOrphans(counted, losses), codec.toolName);
  return parseJson(codec.writeRequest(intent, addressee, losses).body) as JsonObject;
}
