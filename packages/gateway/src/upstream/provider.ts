import type { ProviderConfig } from '@vitalgate/contract';
import { wires, type Operation, type ProviderDialect } from '@vitalgate/dialects';
import { PriceList } from '../money/price-list.ts';
import { readCertificates } from './certificates.ts';
import { Credentials } from './credentials.ts';
import { Door } from './door.ts';

/** The dialects that a configured dialect can be spoken to in, natively. */
const spoken: Readonly<
  Record<ProviderConfig['dialect'], readonly [ProviderDialect, ...ProviderDialect[]]>
> = {
  'openai-chat': ['openai-chat'],
  'openai-responses': ['openai-responses'],
  anthropic: ['anthropic'],
  gemini: ['gemini'],
  mistral: ['mistral'],
  cohere: ['cohere'],
  ollama: ['ollama'],
  // Claude is there in its own dialect as well.
  bedrock: ['bedrock', 'bedrock-anthropic'],
  vertex: ['vertex', 'vertex-anthropic'],
  'azure-openai': ['azure-openai'],
  simulator: ['openai-chat', 'anthropic'],
};

/** Vendors who speak both dialects of OpenAI at one address (their API references). */
const BOTH_OF_OPENAI: ReadonlySet<string> = new Set([
  'api.openai.com',
  'api.x.ai',
  'api.deepseek.com',
  'openrouter.ai',
]);

/** All that a provider can be spoken to in, what was configured first. */
function dialectsOf(dialect: ProviderConfig['dialect'], { hostname }: URL): Provider['dialects'] {
  const [first, ...others] = spoken[dialect];
  const isOpenAi = first === 'openai-chat' || first === 'openai-responses';
  if (dialect === 'simulator' || !isOpenAi || !BOTH_OF_OPENAI.has(hostname)) return spoken[dialect];
  return [first, ...others, first === 'openai-chat' ? 'openai-responses' : 'openai-chat'];
}

/** Requests to one provider beyond this are refused rather than queued. */
const MAX_IN_FLIGHT = 4096;

/** Paths remembered per provider. */
const MAX_PATHS = 1000;

/** One configured provider: where it is, what it speaks, what it is told who we are. */
export class Provider {
  readonly name: string;
  readonly dialects: readonly [ProviderDialect, ...ProviderDialect[]];
  readonly door: Door;
  inFlight = 0;
  /** Monotonic milliseconds of the last request it answered well; long ago, at first. */
  answeredAt: number = Number.NEGATIVE_INFINITY;
  /** It has refused a request for the `stream_options` that a translation adds. */
  refusesStreamOptions = false;
  /** A verdict about a target holds for this place and no other. */
  readonly criteria: string;
  /** Ids of all its targets. */
  readonly targetIds: Set<string> = new Set();
  readonly #base: URL;
  readonly credentials: Credentials;
  readonly prices: PriceList;
  /** What may be spent on looking at it. */
  readonly canary: ProviderConfig['canary'];
  readonly #basePath: string;
  readonly #paths = new Map<string, string | undefined>();

  constructor(config: ProviderConfig, base: URL) {
    this.name = config.name;
    this.dialects = dialectsOf(config.dialect, base);
    this.#base = base;
    this.criteria = `${this.dialects.join('+')} ${base.href}`;
    this.#basePath = base.pathname.replace(/\/+$/, '');
    this.prices = new PriceList(config, base.href);
    this.canary = config.canary;
    // The built-in simulator is ours and lives on loopback.
    const mayBePrivate = config.private || config.baseUrl === undefined;
    this.credentials = new Credentials(config.credentials, mayBePrivate);
    const ca = config.tls === undefined ? undefined : readCertificates(config.tls.ca);
    this.door = new Door({ origin: base, mayBePrivate, ca });
  }

  get isFull(): boolean {
    return this.inFlight >= MAX_IN_FLIGHT;
  }

  /** Its base URL, as prices and profiles know it. */
  get url(): string {
    return this.#base.href;
  }

  /** Path of an operation, or undefined when the dialect has no such thing. */
  path(
    dialect: ProviderDialect,
    operation: Operation,
    model: string,
    streamed: boolean,
  ): string | undefined {
    const id = `${dialect} ${operation} ${streamed ? '~' : ''}${model}`;
    let path = this.#paths.get(id);
    if (path === undefined) {
      path = wires[dialect].path(this.#basePath, operation, { model, streamed });
      // Any model may be asked for as provider/model, so callers decide how many there are.
      if (this.#paths.size >= MAX_PATHS) this.#paths.clear();
      this.#paths.set(id, path);
    }
    return path;
  }
}
