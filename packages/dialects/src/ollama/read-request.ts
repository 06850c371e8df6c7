import type { Asked } from '../codec.ts';
import { isEffort } from '../effort.ts';
import { RequestError } from '../errors.ts';
import { Fields, isJsonObject } from '../fields.ts';
import type { Extra, FunctionTool, Intent, OutputFormat, Params, Reasoning } from '../intent.ts';
import { readPrompt, readTurns } from './read-turns.ts';

/**
 * Reads a request of Ollama's chat (Ollama API, `ChatRequest`), or a bare prompt
 * (`GenerateRequest`). Both stream unless told not to.
 */
export function readRequest({ body }: Asked): Intent {
  const extras: Extra[] = [];
  const fields = Fields.of(body, '', extras);
  const { params, paths } = readParams(fields);
  const isPrompt = fields.raw('prompt') !== undefined && fields.raw('messages') === undefined;
  const intent: Intent = {
    from: 'ollama',
    model: fields.needString('model'),
    stream: fields.boolean('stream') ?? true,
    showUsage: true,
    form: isPrompt ? 'generate' : undefined,
    turns: isPrompt ? readPrompt(fields) : readTurns(fields),
    tools: fields.objects('tools').map(readTool),
    toolChoice: undefined,
    format: readFormat(fields),
    params,
    paths,
    extras,
  };
  if (isPrompt) readTemplate(fields, extras);
  fields.done();
  return intent;
}

/** Older clients always send these, and nothing in them. */
function readTemplate(fields: Fields, extras: Extra[]): void {
  const suffix = fields.string('suffix') ?? '';
  const needed = 'nothing: this provider does not fill in between two texts';
  if (suffix !== '') extras.push({ path: 'suffix', value: suffix, needed });
  const template = fields.string('template') ?? '';
  if (template !== '') extras.push({ path: 'template', value: template });
  if (fields.boolean('raw') === true) extras.push({ path: 'raw', value: true });
}

/** Field of each parameter within `options`. */
const names = {
  temperature: 'temperature',
  topP: 'top_p',
  topK: 'top_k',
  seed: 'seed',
  frequencyPenalty: 'frequency_penalty',
  presencePenalty: 'presence_penalty',
} as const;

function readParams(fields: Fields): Pick<Intent, 'params' | 'paths'> {
  const params: { -readonly [K in keyof Params]: Params[K] } = {};
  const paths: { [K in keyof Params]?: string } = {};
  const set = <K extends keyof Params>(name: K, path: string, value: Params[K]): void => {
    if (value === undefined) return;
    params[name] = value;
    paths[name] = path;
  };
  set('logprobs', 'logprobs', fields.boolean('logprobs') === true ? true : undefined);
  set('topLogprobs', 'top_logprobs', fields.number('top_logprobs'));
  set('reasoning', 'think', readThink(fields));
  const options = fields.object('options');
  if (options === undefined) return { params, paths };
  for (const [name, field] of Object.entries(names) as [keyof typeof names, string][]) {
    set(name, options.at(field), options.number(field));
  }
  const limit = options.number('num_predict');
  // Below zero it means that there is none.
  set('maxTokens', options.at('num_predict'), limit === undefined || limit < 0 ? undefined : limit);
  const stop = options.raw('stop');
  const stops = typeof stop === 'string' ? [stop] : options.strings('stop');
  set('stop', options.at('stop'), stops?.length === 0 ? undefined : stops);
  options.done();
  return { params, paths };
}

function readThink(fields: Fields): Reasoning | undefined {
  const think = fields.raw('think');
  if (think === undefined) return undefined;
  if (think === true) return { budget: -1, show: true };
  if (think === false) return { effort: 'none' };
  if (typeof think === 'string' && isEffort(think)) return { effort: think, show: true };
  throw new RequestError('think', think, 'true, false, low, medium, high or max');
}

function readTool(tool: Fields): FunctionTool {
  const type = tool.string('type') ?? 'function';
  if (type !== 'function') throw new RequestError(tool.at('type'), type, 'function');
  const declared = tool.object('function');
  if (declared === undefined) throw new RequestError(tool.at('function'), undefined, 'an object');
  const read: FunctionTool = {
    kind: 'function',
    name: declared.needString('name'),
    description: declared.string('description'),
    schema: declared.json('parameters'),
    strict: undefined,
    path: tool.path,
  };
  declared.done();
  tool.done();
  return read;
}

function readFormat(fields: Fields): OutputFormat | undefined {
  const path = 'format';
  const format = fields.raw(path);
  // Older clients always send the field, and nothing in it.
  if (format === undefined || format === '') return undefined;
  if (format === 'json') return { type: 'json', path };
  if (isJsonObject(format)) return { type: 'schema', schema: format, path };
  throw new RequestError(path, format, 'json or a JSON schema');
}
