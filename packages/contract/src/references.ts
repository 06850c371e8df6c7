import type { ConfigMistake } from './mistakes.ts';

/**
 * How the parts of a configuration refer to each other. Looks at the input as it was found, so that
 * these mistakes are told beside those of shape, and nobody mends a file twice.
 */
export function brokenReferences(input: unknown): ConfigMistake[] {
  const mistakes: ConfigMistake[] = [];
  const mistake = (path: (string | number)[], message: string) => mistakes.push({ path, message });

  const providers = namesOnce(input, 'providers', mistake);
  const models = namesOnce(input, 'models', mistake);
  const teams = namesOnce(input, 'teams', mistake);
  const apis = namesOnce(input, 'apis', mistake);
  const prompts = checkPrompts(input, models, mistake);
  namesOnce(input, 'keys', mistake);
  checkGuardrails(input, { models, apis, prompts, teams }, mistake);
  checkAlerts(input, { models, apis }, mistake);
  checkApis(input, new Set([...providers, ...models]), mistake);

  for (const [i, provider] of items(input, 'providers')) {
    const { dialect, baseUrl, local } = provider;
    if (local !== undefined && dialect !== 'openai-chat') {
      mistake(['providers', i, 'local'], 'only for dialect openai-chat, which its server speaks');
    } else if (local !== undefined && baseUrl !== undefined) {
      mistake(['providers', i, 'local'], 'found a baseUrl as well; expected one of them');
    }
    const needsNone = dialect === 'simulator' || local !== undefined;
    if (baseUrl === undefined && typeof dialect === 'string' && !needsNone) {
      mistake(['providers', i], `expected a baseUrl for dialect ${dialect}`);
    }
    if (typeof baseUrl === 'string' && provider['private'] !== true && isLocal(baseUrl)) {
      mistake(
        ['providers', i, 'baseUrl'],
        'found an address of this machine; if that is meant, say private: true',
      );
    }
    for (const [j, credential] of items(provider, 'credentials')) {
      for (const [field, fitting] of Object.entries(dialectOf)) {
        if (credential[field] === undefined || dialect === fitting) continue;
        mistake(
          ['providers', i, 'credentials', j, field],
          `only for dialect ${fitting}; expected value`,
        );
      }
    }
  }

  for (const [i, model] of items(input, 'models')) {
    const seen = new Set<string>();
    for (const [j, target] of items(model, 'targets')) {
      const { provider, model: upstreamModel } = target;
      if (typeof provider !== 'string') continue;
      if (!providers.has(provider)) {
        mistake(
          ['models', i, 'targets', j, 'provider'],
          `found no provider "${provider}"; there are: ${list(providers)}`,
        );
      }
      const id = `${provider}/${String(upstreamModel)}`;
      if (seen.has(id)) mistake(['models', i, 'targets', j], `found the target ${id} twice`);
      seen.add(id);
    }
  }

  for (const section of ['teams', 'keys']) {
    for (const [i, one] of items(input, section)) {
      for (const [j, name] of strings(one, 'models')) {
        // `provider/model` names an upstream model directly.
        if (models.has(name) || name.includes('/')) continue;
        mistake([section, i, 'models', j], `found no model "${name}"; there are: ${list(models)}`);
      }
      for (const [j, name] of strings(one, 'apis')) {
        if (apis.has(name)) continue;
        mistake([section, i, 'apis', j], `found no API "${name}"; there are: ${list(apis)}`);
      }
      for (const [j, name] of strings(one, 'prompts')) {
        if (prompts.has(name)) continue;
        mistake(
          [section, i, 'prompts', j],
          `found no prompt "${name}"; there are: ${list(prompts)}`,
        );
      }
    }
  }

  if (isItem(input) && isItem(input['cache'])) {
    const { store, file } = input['cache'];
    if (store === 'redis' && input['shared'] === undefined) {
      mistake(['cache', 'store'], 'expected shared, which names the server of redis');
    }
    if (file !== undefined && store !== 'sqlite') {
      mistake(['cache', 'file'], 'only for store: sqlite');
    }
  }

  const capture = isItem(input) ? input['capture'] : undefined;
  for (const [field, what, known] of [
    ['models', 'model', models],
    ['apis', 'API', apis],
    ['prompts', 'prompt', prompts],
  ] as const) {
    for (const [j, name] of isItem(capture) ? strings(capture, field) : []) {
      if (known.has(name)) continue;
      mistake(['capture', field, j], `found no ${what} "${name}"; there are: ${list(known)}`);
    }
  }

  const secrets = new Set<unknown>();
  for (const [i, key] of items(input, 'keys')) {
    const { team } = key;
    if (typeof team === 'string' && !teams.has(team)) {
      mistake(['keys', i, 'team'], `found no team "${team}"; there are: ${list(teams)}`);
    }
    const { secret } = key;
    if (typeof secret !== 'string') continue;
    if (secrets.has(secret)) mistake(['keys', i, 'secret'], 'found the secret of another key');
    secrets.add(secret);
  }
  return mistakes;
}

/** Paths that the gateway answers itself, on every host. */
const OWN_PATH = /^\/(?:health|livez|readyz|startupz)(?:\/|$)/;

function checkApis(
  input: unknown,
  taken: ReadonlySet<string>,
  mistake: (path: (string | number)[], message: string) => void,
): void {
  for (const [i, api] of items(input, 'apis')) {
    const { name, path, rewrite, upstreams } = api;
    if (typeof name === 'string' && taken.has(name)) {
      // Targets are called provider/model and api/upstream, and reports list models beside APIs.
      mistake(['apis', i, 'name'], `found the name of a provider or a model: "${name}"`);
    }
    if (typeof path === 'string' && OWN_PATH.test(path)) {
      mistake(['apis', i, 'path'], 'found a path that the health of the gateway is told at');
    }
    for (const other of ['formats', 'openapi']) {
      if (api['soap'] === undefined || api[other] === undefined) continue;
      mistake(['apis', i, other], 'found beside soap, which says how bodies are read');
    }
    for (const name of namesIn(rewrite)) {
      if (namesIn(path).includes(name)) continue;
      mistake(['apis', i, 'rewrite'], `found {${name}}, which is not in the path`);
    }
    if (!Array.isArray(upstreams)) continue;
    const names = new Set<unknown>();
    for (const [j, upstream] of upstreams.entries()) {
      const { url, name = String(j + 1) } = isItem(upstream)
        ? upstream
        : { url: upstream as unknown };
      if (names.has(name))
        mistake(['apis', i, 'upstreams', j], `found the name "${String(name)}" twice`);
      names.add(name);
      if (typeof url === 'string' && api['private'] !== true && isLocal(url)) {
        mistake(
          ['apis', i, 'upstreams', j],
          'found an address of this machine; if that is meant, say private: true',
        );
      }
    }
  }
}

/** Gives the names of prompts; several versions share one. */
function checkPrompts(
  input: unknown,
  models: ReadonlySet<string>,
  mistake: (path: (string | number)[], message: string) => void,
): Set<string> {
  const names = new Set<string>();
  const versions = new Set<string>();
  const paths = new Set<unknown>();
  for (const [i, { name, version = '1', path, model }] of items(input, 'prompts')) {
    if (typeof name === 'string') names.add(name);
    const id = `${String(name)}@${String(version)}`;
    if (versions.has(id)) {
      mistake(['prompts', i, 'version'], `found ${id} twice; give each its version`);
    }
    versions.add(id);
    if (typeof model === 'string' && !models.has(model) && !model.includes('/')) {
      mistake(['prompts', i, 'model'], `found no model "${model}"; there are: ${list(models)}`);
    }
    for (const one of Array.isArray(path) ? (path as unknown[]) : [path]) {
      if (paths.has(one)) mistake(['prompts', i, 'path'], `found the path ${String(one)} twice`);
      paths.add(one);
      if (typeof one === 'string' && OWN_PATH.test(one)) {
        mistake(['prompts', i, 'path'], 'found a path that the health of the gateway is told at');
      }
    }
  }
  return names;
}

/** The `{name}`s of a path. */
const namesIn = (path: unknown): string[] =>
  typeof path === 'string' ? [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name) : [];

/** A guardrail is named by the name it has, and names what there is; keys may be in the store. */
function checkGuardrails(
  input: unknown,
  known: Readonly<Record<'models' | 'apis' | 'prompts' | 'teams', ReadonlySet<string>>>,
  mistake: (path: (string | number)[], message: string) => void,
): void {
  const guardrails = namesOnce(input, 'guardrails', mistake);
  for (const [i, { appliesTo }] of items(input, 'guardrails')) {
    if (!isItem(appliesTo)) continue;
    for (const [section, names] of Object.entries(known)) {
      for (const [j, name] of strings(appliesTo, section)) {
        if (names.has(name)) continue;
        const message = `found no "${name}"; there are: ${list(names)}`;
        mistake(['guardrails', i, 'appliesTo', section, j], message);
      }
    }
  }
  for (const section of ['keys', 'models', 'teams', 'apis', 'prompts']) {
    for (const [i, item] of items(input, section)) {
      for (const [j, name] of strings(item, 'guardrails')) {
        if (guardrails.has(name)) continue;
        const message = `found no guardrail "${name}"; there are: ${list(guardrails)}`;
        mistake([section, i, 'guardrails', j], message);
      }
    }
  }
}

/** A rule tells channels there are, of models and APIs there are. */
function checkAlerts(
  input: unknown,
  known: Readonly<Record<'models' | 'apis', ReadonlySet<string>>>,
  mistake: (path: (string | number)[], message: string) => void,
): void {
  const channels = namesOnce(input, 'alertChannels', mistake);
  namesOnce(input, 'alertRules', mistake);
  const fields = [
    ['channels', 'channel', channels],
    ['models', 'model', known.models],
    ['apis', 'API', known.apis],
  ] as const;
  for (const [i, rule] of items(input, 'alertRules')) {
    for (const [field, word, names] of fields) {
      for (const [j, name] of strings(rule, field)) {
        if (names.has(name)) continue;
        mistake(
          ['alertRules', i, field, j],
          `found no ${word} "${name}"; there are: ${list(names)}`,
        );
      }
    }
  }
}

type Item = Readonly<Record<string, unknown>>;

function* items(of: unknown, section: string): Generator<[index: number, item: Item]> {
  const list = isItem(of) ? of[section] : undefined;
  if (!Array.isArray(list)) return;
  for (const [i, item] of list.entries()) if (isItem(item)) yield [i, item];
}

function* strings(of: Item, section: string): Generator<[index: number, text: string]> {
  const list = of[section];
  if (!Array.isArray(list)) return;
  for (const [i, text] of list.entries()) if (typeof text === 'string') yield [i, text];
}

const isItem = (value: unknown): value is Item => typeof value === 'object' && value !== null;

function namesOnce(
  input: unknown,
  section: string,
  mistake: (path: (string | number)[], message: string) => void,
): Set<string> {
  const names = new Set<string>();
  for (const [i, { name }] of items(input, section)) {
    if (typeof name !== 'string') continue;
    if (names.has(name)) mistake([section, i, 'name'], `found the name "${name}" twice`);
    names.add(name);
  }
  return names;
}

/** Where credentials of other forms than a plain value belong. */
const dialectOf = { accessKeyId: 'bedrock', serviceAccount: 'vertex' } as const;

const list = (names: ReadonlySet<string>) => (names.size === 0 ? 'none' : [...names].join(', '));

/** Loopback by its usual spellings; every other private address is caught when it is dialled. */
function isLocal(baseUrl: string): boolean {
  const hostname = URL.parse(baseUrl)?.hostname ?? '';
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}
