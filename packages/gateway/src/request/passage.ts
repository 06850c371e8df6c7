import { Failure } from '@vitalgate/contract';
import {
  type DialectName,
  type Intent,
  type Operation,
  parseJson,
  profileOf,
  readIntent,
  replaceModel,
  RequestError,
  translate,
} from '@vitalgate/dialects';
import type { Target } from '../routing/routes.ts';
import type { Running } from '../running.ts';
import type { Provider } from '../upstream/provider.ts';
import type { Passage, Understood } from './exchange.ts';

/** What a request asks of a provider, as far as its wire is concerned. */
type Asked = Pick<Understood, 'dialect' | 'operation' | 'scanned' | 'isSealed'>;

/**
 * The dialect in which a provider can be asked this: the caller's own wherever it speaks that, for
 * then nothing can be lost; else one that the request can be translated to.
 */
export function dialectFor(
  { dialect, operation, scanned, isSealed }: Asked,
  provider: Provider,
  model: string,
): DialectName | undefined {
  const has = (one: DialectName): boolean =>
    provider.path(one, operation, model, scanned.stream) !== undefined;
  // Sealed reasoning of another dialect has to be taken out of its envelope.
  const isNative = provider.dialects.includes(dialect) && has(dialect);
  if (isNative && !(isSealed && isTranslatable(operation))) return dialect;
  return isTranslatable(operation) ? provider.dialects.find(has) : undefined;
}

const isTranslatable = (operation: Operation): boolean => operation === 'chat';

/**
 * Prepares a request for one target.
 *
 * @throws {RequestError} when it asks for what this target cannot give at all
 */
export function passageTo(exchange: Understood, target: Target, running: Running): Passage {
  const { body, scanned, isSealed } = exchange;
  const { provider, model } = target;
  const dialect = dialectFor(exchange, provider, model) ?? exchange.dialect;
  if (dialect === exchange.dialect && !(isSealed && isTranslatable(exchange.operation))) {
    const parts = replaceModel(body, scanned, model);
    return {
      dialect,
      body: parts.length === 1 ? body : Buffer.concat(parts),
      translation: undefined,
    };
  }
  const intent = (exchange.intent ??= intentOf(exchange));
  const addressee = {
    model,
    origin: `${dialect}/${provider.name}`,
    profile: profileOf(new URL(provider.url), model),
  };
  const translation = translate(intent, dialect, addressee, {
    model: scanned.model ?? model,
    id: exchange.id,
    created: Math.floor(running.clock.wall() / 1000),
  });
  return { dialect, body: Buffer.from(translation.body), translation };
}

/** The request in nobody's dialect: read once, and only when a target needs it. */
function intentOf({ dialect, body, scanned }: Understood): Intent {
  const asked = parseJson(body.toString());
  try {
    return readIntent(dialect, { body: asked, model: scanned.model, stream: scanned.stream });
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
