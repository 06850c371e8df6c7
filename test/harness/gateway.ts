import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { startGateway, type DrillRunner, type Gateway } from '@vitalgate/gateway';
import type { Clock } from '@vitalgate/health';
import { onTestFinished } from 'vitest';

/** A folder that is gone when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vitalgate-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export const KEY = 'test-key-of-a-client';

export interface TestGateway extends Gateway {
  /** Base URL of the gateway listener. */
  readonly url: string;
  /** Log lines so far. */
  readonly logged: readonly string[];
  readonly databasePath: string;
  readonly configFile: string;
}

interface TestOptions {
  /** Everything of a configuration but version, listen and store. */
  readonly config: string;
  /** More addresses to listen on, as lines of `listen`. */
  readonly listen?: string;
  readonly logLevel?: string;
  readonly clock?: Clock;
  readonly environment?: Record<string, string>;
  /** Where the store is; a folder of its own unless a test starts twice. */
  readonly folder?: string;
  /** Where the built console lies, for tests that look at it. */
  readonly consoleFolder?: string;
  /** What drills are run with, for tests that run one. */
  readonly drills?: DrillRunner;
  /** URL of a PostgreSQL, instead of a file in the folder. */
  readonly store?: string;
}

/** Starts a gateway in this process, on free ports, stopped when the test is over. */
export async function testGateway(options: TestOptions): Promise<TestGateway> {
  const gateway = await startIn(options.folder ?? temporaryFolder(), options);
  onTestFinished(() => gateway.stop());
  return gateway;
}

/** The same for all tests of a file: `stop` is to be called after the last. */
export async function sharedGateway(options: TestOptions): Promise<TestGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'vitalgate-test-'));
  const gateway = await startIn(folder, options);
  return {
    ...gateway,
    async stop() {
      await gateway.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startIn(folder: string, options: TestOptions): Promise<TestGateway> {
  const configFile = writeConfig(folder, options.config, options.listen, options.store);
  const logged: string[] = [];
  const gateway = await startGateway({
    configFile,
    environment: options.environment ?? {},
    log: (line) => logged.push(line),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...(options.logLevel === undefined ? {} : { logLevel: options.logLevel }),
    ...(options.drills === undefined ? {} : { drills: options.drills }),
    ...(options.consoleFolder === undefined ? {} : { consoleFolder: options.consoleFolder }),
  });
  let stopped: Promise<void> | undefined;
  return {
    ...gateway,
    stop: (options) => (stopped ??= gateway.stop(options)),
    url: gateway.addresses.gateway,
    logged,
    databasePath: join(folder, 'vitalgate.db'),
    configFile,
  };
}

/** Writes a configuration with free ports and a store of its own; gives its path. */
export function writeConfig(
  folder: string,
  config: string,
  listen = '',
  store = `sqlite:${join(folder, 'vitalgate.db')}`,
): string {
  const file = join(folder, 'vitalgate.yaml');
  writeFileSync(
    file,
    `version: 1
listen: { gateway: 127.0.0.1:0, admin: 127.0.0.1:0, probes: 127.0.0.1:0${listen === '' ? '' : `, ${listen}`} }
store: ${store}
spool: ${join(folder, 'spool')}
${withoutDelay(config)}`,
  );
  return file;
}

/** Nobody balances here: a process that is ended with SIGTERM ends, unless its test says otherwise. */
function withoutDelay(config: string): string {
  if (config.includes('drainDelay')) return config;
  const told = /^server: \{/m;
  return told.test(config)
    ? config.replace(told, 'server: { drainDelay: 0s,')
    : `server: { drainDelay: 0s }\n${config}`;
}

interface ProviderLike {
  readonly name: string;
  readonly url: string;
}

/** A model `chat` over these providers, in order, for one dialect, with the key `KEY`. */
export function chatConfig(
  dialect: 'openai-chat' | 'anthropic' | 'simulator',
  providers: readonly ProviderLike[],
  extra = '',
): string {
  const names = providers.map(({ name }) => name);
  return `providers:
${providers.map(({ name, url }) => `  - { name: ${name}, dialect: ${dialect}, baseUrl: "${url}", private: true, credentials: [{ name: main, value: credential-of-${name} }] }`).join('\n')}
models:
  - name: chat
    targets: [${names.map((name) => `{ provider: ${name}, model: upstream-model }`).join(', ')}]
    timeouts: { connect: 1s, firstToken: 1s, idle: 1s, total: 20s }
keys:
  - { name: client, secret: ${KEY} }
${extra}`;
}

/** Rows of the ledger; the gateway has to be stopped, or the rows waited for. */
export function ledgerOf(databasePath: string): Record<string, unknown>[] {
  const database = new DatabaseSync(databasePath, { readOnly: true });
  try {
    return database.prepare('SELECT * FROM ledger ORDER BY at, id').all();
  } finally {
    database.close();
  }
}

/** Sends JSON with the client's key. */
export function post(
  url: string,
  path: string,
  body: unknown,
  headers: Record<string, string> = { authorization: `Bearer ${KEY}` },
): Promise<Response> {
  return fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}
