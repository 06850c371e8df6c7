import type { Running } from '../running.ts';
import { look, type Looked } from '../upstream/look.ts';
import type { Provider } from '../upstream/provider.ts';
import { exposition, gauge } from './metrics.ts';

/** Asking again sooner gives the same answer: strangers may ask, and a provider is not ours. */
const KEPT_MS = 1000;

/**
 * `/probe?target=…` as Prometheus' blackbox_exporter answers it, under the same names
 * (github.com/prometheus/blackbox_exporter). It reaches configured targets and providers only, and
 * asks them what costs nothing.
 */
export class Blackbox {
  readonly #kept = new Map<Provider, { readonly at: number; readonly looked: Promise<Looked> }>();

  /** Metrics of one look, or undefined when there is no such target. */
  async probe(target: string, running: Running): Promise<string | undefined> {
    const provider = providerOf(target, running);
    if (provider === undefined) return undefined;
    return described(await this.#look(provider, running), provider);
  }

  #look(provider: Provider, running: Running): Promise<Looked> {
    const now = running.clock.now();
    const kept = this.#kept.get(provider);
    if (kept !== undefined && now - kept.at < KEPT_MS) return kept.looked;
    // Providers of a configuration that is gone would stay for ever.
    if (this.#kept.size > running.providers.size) this.#kept.clear();
    const credential = provider.credentials.all[0] ?? { name: 'none', secret: undefined };
    const looked = look(provider, credential, running);
    this.#kept.set(provider, { at: now, looked });
    return looked;
  }
}

/** A target as `provider/model`, a provider by its name, or the base URL of one. */
function providerOf(target: string, { providers, tracker }: Running): Provider | undefined {
  const named = providers.get(target) ?? [...providers.values()].find(({ url }) => url === target);
  if (named !== undefined || !tracker.snapshot().has(target)) return named;
  return providers.get(target.slice(0, target.indexOf('/')));
}

function described({ verdict, latencyMs, status }: Looked, { url }: Provider): string {
  const isAnswered = status !== 0;
  const isWell = verdict.fault === undefined || verdict.fault === 'model';
  const one = (name: string, help: string, value: number) =>
    gauge({ name, help, type: 'gauge', labels: [] }, [[[], value]]);
  return exposition([
    one('probe_success', 'Displays whether or not the probe was a success', isWell ? 1 : 0),
    one(
      'probe_duration_seconds',
      'Returns how long the probe took to complete in seconds',
      latencyMs / 1000,
    ),
    one('probe_http_status_code', 'Response HTTP status code', status),
    one(
      'probe_http_ssl',
      'Indicates if SSL was used for the final redirect',
      isAnswered && url.startsWith('https:') ? 1 : 0,
    ),
    one('probe_http_redirects', 'The number of redirects', 0),
    one('probe_failed_due_to_regex', 'Indicates if probe failed due to regex', 0),
  ]);
}
