import { access, open } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { StartFailure } from '@vitalgate/contract';

/**
 * node-llama-cpp as far as it is used here. It is large, and most do without it: it is no
 * dependency, and is loaded only by whoever runs a model of their own.
 */
export interface LlamaModule {
  getLlama(options: {
    readonly build: 'never';
    readonly skipDownload: true;
    readonly logLevel: 'error';
    readonly maxThreads?: number;
  }): Promise<Llama>;
  readonly LlamaChat: new (options: { readonly contextSequence: Sequence }) => LlamaChat;
}

export interface Llama {
  loadModel(options: { readonly modelPath: string }): Promise<LlamaModel>;
  createGrammarForJsonSchema(schema: object): Promise<object>;
  getGrammarFor(type: 'json'): Promise<object>;
}

export interface LlamaModel {
  createContext(options: {
    readonly contextSize: { readonly max: number };
    readonly threads?: number;
  }): Promise<{ getSequence(): Sequence }>;
}

export interface Sequence {
  readonly contextTokens: readonly unknown[];
  readonly tokenMeter: {
    getState(): object;
    diff(state: object): { readonly usedInputTokens: number; readonly usedOutputTokens: number };
  };
}

export interface LlamaChat {
  generateResponse(history: readonly HistoryItem[], options: object): Promise<Generated>;
}

export type HistoryItem =
  | { readonly type: 'system' | 'user'; readonly text: string }
  | { readonly type: 'model'; readonly response: (string | HistoryCall)[] };

export interface HistoryCall {
  readonly type: 'functionCall';
  readonly name: string;
  readonly params: unknown;
  result: unknown;
}

export interface Generated {
  readonly functionCalls?: readonly { readonly functionName: string; readonly params: unknown }[];
  readonly metadata: { readonly stopReason: string };
}

/** Known to work with what is called here; the prebuilt programs have the same version. */
const VERSION = '3.22.1';

/** The program for this machine, prebuilt, that runs on its processor. */
const prebuilt: Readonly<Record<string, string>> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'darwin-arm64': 'mac-arm64-metal',
  'darwin-x64': 'mac-x64',
  'win32-x64': 'win-x64',
  'win32-arm64': 'win-arm64',
};

/** The command that brings it, without the 700 MB of programs for other machines and for CUDA. */
export function installCommand(folder: string): string {
  const program = prebuilt[`${process.platform}-${process.arch}`];
  const packages = [
    `node-llama-cpp@${VERSION}`,
    ...(program === undefined ? [] : [`@node-llama-cpp/${program}@${VERSION}`]),
  ];
  return `npm install --prefix ${folder} --ignore-scripts --omit=optional ${packages.join(' ')}`;
}

/** Where node-llama-cpp may be installed for nobody but Vitalgate. */
export const llamaFolder = (environment: Readonly<Record<string, string | undefined>>): string =>
  join(environment['VITALGATE_DATA'] ?? './data', 'llama');

/** Where it is looked for: a folder of its own, the folder of the start, and beside ourselves. */
function found(folder: string): string | undefined {
  const places = [`${resolve(folder)}/`, `${process.cwd()}/`];
  for (const base of [...places.map((place) => pathToFileURL(place)), import.meta.url]) {
    try {
      const manifest = findPackageJSON('node-llama-cpp', base);
      if (manifest !== undefined) return manifest;
    } catch {
      // It is not there; the next place may have it.
    }
  }
  return undefined;
}

/** @throws {StartFailure} `local_model_failed`, with the command that would bring it */
export async function loadLlama(folder: string): Promise<LlamaModule> {
  const manifest = found(folder);
  if (manifest === undefined) {
    throw new StartFailure(
      'local_model_failed',
      `found no node-llama-cpp, which runs models from files; bring it with: ${installCommand(folder)}`,
    );
  }
  const main = join(dirname(manifest), 'dist', 'index.js');
  return (await import(pathToFileURL(main).href)) as LlamaModule;
}

const MAGIC = 'GGUF';

/** @throws {StartFailure} `local_model_failed` when the file is none that can be run */
export async function mustBeGguf(file: string): Promise<void> {
  const problem = await access(file).then(
    async () => {
      const opened = await open(file);
      const { buffer, bytesRead } = await opened.read(Buffer.alloc(MAGIC.length));
      await opened.close();
      const is = buffer.toString('latin1', 0, bytesRead);
      return is === MAGIC ? undefined : 'it does not begin with GGUF';
    },
    () => 'it is not there, or may not be read',
  );
  if (problem === undefined) return;
  throw new StartFailure(
    'local_model_failed',
    `expected a model in a GGUF file, found ${file}: ${problem}`,
  );
}
