import { Failure } from '@vitalgate/contract';
import {
  type Addressee,
  type CallerForm,
  type DialectName,
  embeds,
  type Intent,
  type Operation,
  type ProviderDialect,
  type Translation,
  type WholeTranslation,
  parseJson,
  profileOf,
  readIntent,
  replaceModel,
  RequestError,
  translate,
  translateCount,
  translateEmbeddings,
  wires,
  wrap,
} from '@vitalgate/dialects';
import { isEmbedding } from '../access/limits/estimate.ts';
import type { Target } from '../routing/routes.ts';
import type { Running } from '../running.ts';
import type { Provider } from '../upstream/provider.ts';
import type { Passage, Understood } from './exchange.ts';

/** What a request asks of a provider, as far as its wire is concerned. */
type Asked = Pick<Understood, 'dialect' | 'operation' | 'scanned' | 'form'>;

/**
 * The dialect in which a provider can be asked this: the caller's own wherever it speaks that, for
 * then nothing can be lost; else one that the request can be translated to.
 */
export function dialectFor(
  { dialect, operation, scanned, form }: Asked,
  provider: Provider,
  model: string,
): ProviderDialect | undefined {
  const own = ownDialect(dialect, form);
  const has = (one: ProviderDialect): boolean =>
    provider.path(one, operation, model, scanned.stream) !== undefined;
  const native = provider.dialects.find((one) => isSpoken(one, own, operation) && has(one));
  if (native !== undefined) return native;
  return provider.dialects.find(
    (one) =>
      provider.path(one, translatedOperation(operation), model, scanned.stream) !== undefined &&
      (!isEmbedding(operation) || embeds(one)),
  );
}

/** Whether a caller of `caller` loses nothing at a provider that is spoken to in `dialect`. */
export function isSpoken(
  dialect: ProviderDialect,
  caller: ProviderDialect,
  operation: Operation,
): boolean {
  const { like, apart } = wires[dialect];
  return dialect === caller || (like === caller && apart?.includes(operation) !== true);
}

/**
 * Sealed reasoning of another dialect has to be taken out of its envelope, and providers are asked
 * for events, whatever form the caller wants its stream in.
 */
const mustBeRead = (
  operation: Operation,
  isSealed: boolean,
  form: CallerForm | undefined,
): boolean => operation === 'chat' && (isSealed || form === 'array');

/** What a provider has to speak so that bytes may pass: Mistral's clients read no other's chunks. */
const ownDialect = (dialect: DialectName, form: CallerForm | undefined): ProviderDialect =>
  form === 'mistral' ? 'mistral' : dialect;

/** One vector is asked for as several are, and a bare prompt is a chat of one turn. */
function translatedOperation(operation: Operation): Operation {
  if (operation === 'embedding') return 'embeddings';
  return operation === 'completions' ? 'chat' : operation;
}

/**
 * Prepares a request for one target.
 *
 * @throws {RequestError} when it asks for what this target cannot give at all
 */
export function passageTo(exchange: Understood, target: Target, running: Running): Passage {
  const { body, isSealed, form, operation } = exchange;
  const { provider, model } = target;
  const dialect = dialectFor(exchange, provider, model) ?? exchange.dialect;
  const own = ownDialect(exchange.dialect, form);
  const { like = dialect, wrapping } = wires[dialect];
  if (isSpoken(dialect, own, operation) && !mustBeRead(operation, isSealed, form)) {
    if (wrapping === undefined) {
      return {
        dialect,
        operation,
        body: withModel(exchange, dialect, model),
        translation: undefined,
      };
    }
    const betas = betasOf(exchange.headers.forwarded);
    const wrapped = wrap(body, exchange.dialect, wrapping, { requestId: exchange.id, betas });
    return { dialect, operation, body: Buffer.from(wrapped.body), translation: wrapped };
  }
  const addressee = {
    model,
    origin: `${like}/${provider.name}`,
    profile: profileOf(new URL(provider.url), model),
    refusesStreamOptions: provider.refusesStreamOptions,
    ...(wrapping === undefined ? {} : { betas: betasOf(exchange.headers.forwarded) }),
  };
  const translation = translationTo(exchange, dialect, addressee, running);
  return {
    dialect,
    operation: translatedOperation(operation),
    body: Buffer.from(translation.body),
    translation,
  };
}

function translationTo(
  exchange: Understood,
  to: ProviderDialect,
  addressee: Addressee,
  { clock }: Running,
): Translation | WholeTranslation {
  const { scanned, operation, dialect, body, form, id } = exchange;
  const model = scanned.model ?? addressee.model;
  if (operation === 'count-tokens') {
    return translateCount({ dialect, body, model, id }, to, addressee);
  }
  if (isEmbedding(operation)) {
    const asked = {
      dialect,
      body,
      model,
      isOne: operation === 'embedding',
      isMistral: form === 'mistral',
    };
    return translateEmbeddings(asked, to, addressee.model, { model, id });
  }
  const intent = (exchange.intent ??= intentOf(exchange));
  return translate(intent, to, addressee, { model, id, created: Math.floor(clock.wall() / 1000) });
}

/** The values of `anthropic-beta` (Anthropic API reference, "Beta headers"). */
function betasOf(forwarded: readonly string[]): string[] {
  return forwarded
    .flatMap((name, i) => (name === 'anthropic-beta' ? (forwarded[i + 1] ?? '').split(',') : []))
    .map((beta) => beta.trim())
    .filter((beta) => beta !== '');
}

function withModel(
  { body, scanned, operation }: Understood,
  dialect: ProviderDialect,
  model: string,
): Buffer {
  const wire = wires[dialect];
  if (wire.isModelInPath) {
    return operation === 'chat' ? body : (wire.withModelInBody?.(body, model) ?? body);
  }
  const parts = replaceModel(body, scanned, model);
  return parts.length === 1 ? body : Buffer.concat(parts);
}

/** The request in nobody's dialect: read once, and only when a target needs it. */
function intentOf({ dialect, body, scanned, form }: Understood): Intent {
  const asked = parseJson(body.toString());
  const { model, stream } = scanned;
  try {
    return readIntent(dialect, { body: asked, model, stream, form });
  } catch (error) {
    if (error instanceof RequestError) throw new Failure('invalid_request', error.message);
    throw error;
  }
}

/** Why a request may not go to a target, where the caller wants nothing lost. */
export function lossOf({ translation }: Passage): string | undefined {
  const [first, ...others] = translation?.losses.all ?? [];
  if (first === undefined) return undefined;
  const more = others.length === 0 ? '' : `, and ${others.length} more`;
  return `${first.path} would be ${first.action}: ${first.reason}${more}`;
}
