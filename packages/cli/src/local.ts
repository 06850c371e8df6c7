import { readFile, writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { StartFailure } from '@vitalgate/contract';
import { describeMistakes, llamaFolder, LocalModel, parseConfig } from '@vitalgate/gateway';
import { parseDocument, stringify } from 'yaml';

interface AddFlags {
  readonly config?: string;
  readonly name?: string;
  readonly context: string;
  readonly threads?: string;
  readonly json?: boolean;
}

/** `vitalgate local add`: runs a model once, and makes it a provider of a configuration. */
export async function addLocal(file: string, flags: AddFlags): Promise<void> {
  const name = flags.name ?? nameOf(file);
  const threads = flags.threads === undefined ? undefined : Number(flags.threads);
  const local = { file: resolve(file), context: Number(flags.context), threads };
  const said = await tried(name, local);
  const parts = partsOf(name, local);
  if (flags.json === true) process.stdout.write(`${JSON.stringify({ ...parts, said })}\n`);
  else process.stderr.write(`${name} runs, and said: ${JSON.stringify(said.slice(0, 60))}\n`);
  if (flags.config !== undefined) await addTo(flags.config, parts);
  else if (flags.json !== true) process.stdout.write(stringify({ version: 1, ...parts }));
}

type Local = Parameters<typeof LocalModel.start>[1];
type Parts = ReturnType<typeof partsOf>;

/** The name of its file, without what a name may not have. */
const nameOf = (file: string): string =>
  basename(file)
    .replace(/\.gguf$/i, '')
    .replaceAll(/[^\w.@-]/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 100) || 'local';

const partsOf = (name: string, local: Local) => ({
  providers: [
    // It costs nothing but power.
    { name, dialect: 'openai-chat', local, prices: { '*': { input: 0, output: 0 } } },
  ],
  models: [{ name, targets: [{ provider: name, model: name }] }],
});

/** A few words of it: what does not run is not added. */
async function tried(name: string, local: Local): Promise<string> {
  const model = await LocalModel.start(name, local, llamaFolder(process.env));
  try {
    await model.loaded;
    const answer = await fetch(`${model.url.href}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: name,
        messages: [{ role: 'user', content: 'Say hello.' }],
        max_tokens: 16,
      }),
    });
    const told = (await answer.json()) as {
      readonly choices?: readonly { readonly message: { readonly content: string | null } }[];
      readonly error?: { readonly message: string };
    };
    if (told.error !== undefined) {
      throw new StartFailure('local_model_failed', `${name}: ${told.error.message}`);
    }
    return told.choices?.[0]?.message.content ?? '';
  } finally {
    model.close();
  }
}

/** Writes into the file, whose comments and order stay. */
async function addTo(configFile: string, parts: Parts): Promise<void> {
  const document = parseDocument(await readFile(configFile, 'utf8'));
  for (const section of ['providers', 'models'] as const) {
    if (document.has(section)) document.addIn([section], document.createNode(parts[section][0]));
    else document.set(section, document.createNode(parts[section]));
  }
  const text = document.toString();
  const read = parseConfig(text, process.env);
  if (!('config' in read)) {
    throw new StartFailure('invalid_config', describeMistakes(configFile, read.mistakes));
  }
  await writeFile(configFile, text);
  process.stderr.write(`added to ${configFile}; a running gateway takes it up by itself\n`);
}
