import { stringify } from 'yaml';

/** A server of models that answers, and how a configuration names it. */
interface Found {
  readonly name: string;
  readonly dialect: 'ollama' | 'openai-chat';
  readonly baseUrl: string;
  readonly models: readonly string[];
}

/** Where they listen unless told otherwise: Ollama, llama.cpp, vLLM, LM Studio. */
const PLACES = [11_434, 8080, 8000, 1234].map((port) => `http://127.0.0.1:${port}`);

/** On loopback an answer comes at once; a server that is busy loading is found the next time. */
const TIMEOUT_MS = 1000;
const MAX_BYTES = 1024 * 1024;

/** `vitalgate detect`: finds model servers, and prints the configuration that uses them. */
export async function detect(urls: readonly string[], flags: { json?: boolean }): Promise<void> {
  const found = await detected(urls);
  if (flags.json === true) process.stdout.write(`${JSON.stringify(found)}\n`);
  else process.stdout.write(found.length === 0 ? nothing(urls) : configOf(found));
  if (found.length === 0) process.exitCode = 1;
}

/** What answers at these addresses, or at the usual ones of this machine. */
export async function detected(urls: readonly string[] = []): Promise<readonly Found[]> {
  const places = urls.length === 0 ? PLACES : urls.map((url) => url.replace(/\/+$/, ''));
  const found = await Promise.all(places.map(at));
  const names = new Map<string, number>();
  return found.flatMap((one) => {
    if (one === undefined) return [];
    const count = (names.get(one.name) ?? 0) + 1;
    names.set(one.name, count);
    return [count === 1 ? one : { ...one, name: `${one.name}-${count}` }];
  });
}

/** A configuration with all of them, to be pasted. */
export function configOf(found: readonly Found[]): string {
  const taken = new Set<string>();
  const models = found.flatMap(({ name: provider, models: served }) =>
    served.map((model) => {
      const name = nameOf(model);
      const free = taken.has(name) ? `${name}@${provider}` : name;
      taken.add(free);
      return { name: free, targets: [{ provider, model }] };
    }),
  );
  const providers = found.map(({ name, dialect, baseUrl }) => ({
    name,
    dialect,
    baseUrl,
    private: true,
  }));
  return stringify({ version: 1, providers, models });
}

/** Names of models hold no slash in a configuration. */
const nameOf = (model: string): string =>
  model.replaceAll(/[^\w.:@-]/g, '-').replace(/^[^A-Za-z0-9]+/, '');

const nothing = (urls: readonly string[]): string =>
  `found no model server at ${(urls.length === 0 ? PLACES : urls).join(', ')}\n`;

/** Tells one server from another by what only it answers (their API references). */
async function at(url: string): Promise<Found | undefined> {
  const version = await get(`${url}/api/version`);
  if (typeof field(version, 'version') === 'string') {
    const tags = list(await get(`${url}/api/tags`), 'models');
    return { name: 'ollama', dialect: 'ollama', baseUrl: url, models: texts(tags, 'name') };
  }
  const served = list(await get(`${url}/v1/models`), 'data');
  const name = owners[String(field(served[0], 'owned_by'))] ?? (await lmStudio(url));
  if (name === undefined) return undefined;
  return { name, dialect: 'openai-chat', baseUrl: `${url}/v1`, models: texts(served, 'id') };
}

const owners: Readonly<Record<string, string>> = { llamacpp: 'llama-cpp', vllm: 'vllm' };

/** It has a list of its own beside OpenAI's, with what is loaded. */
async function lmStudio(url: string): Promise<string | undefined> {
  const [first] = list(await get(`${url}/api/v0/models`), 'data');
  return typeof field(first, 'state') === 'string' ? 'lm-studio' : undefined;
}

/** JSON, or undefined when nothing or something else is there. */
async function get(url: string): Promise<unknown> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const answer = await fetch(url, { signal, redirect: 'error' });
    if (!answer.ok || Number(answer.headers.get('content-length') ?? 0) > MAX_BYTES) {
      await answer.body?.cancel();
      return undefined;
    }
    return await answer.json();
  } catch {
    return undefined;
  }
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;

function list(value: unknown, name: string): readonly unknown[] {
  const found = field(value, name);
  return Array.isArray(found) ? found : [];
}

const texts = (values: readonly unknown[], name: string): string[] =>
  values.flatMap((value) => {
    const text = field(value, name);
    return typeof text === 'string' && nameOf(text) !== '' ? [text] : [];
  });
