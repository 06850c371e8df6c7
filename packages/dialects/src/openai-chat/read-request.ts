import type { Asked } from '../codec.ts';
import { isEffort } from '../effort.ts';
import { RequestError } from '../errors.ts';
import { Fields } from '../fields.ts';
import type { Extra, FunctionTool, Intent, Params, Tool } from '../intent.ts';
import { readChoice } from '../openai/choice.ts';
import { readFormat } from '../openai/format.ts';
import { readTurns } from './read-turns.ts';

/** Reads a request of Chat Completions (OpenAI API reference, "Create chat completion"). */
export function readRequest({ body }: Asked): Intent {
  const extras: Extra[] = [];
  const fields = Fields.of(body, '', extras);
  const { params, paths } = readParams(fields);
  const choice = fields.raw('tool_choice') === undefined ? 'function_call' : 'tool_choice';
  const intent: Intent = {
    from: 'openai-chat',
    model: fields.needString('model'),
    stream: fields.boolean('stream') ?? false,
    showUsage: readStreamOptions(fields),
    turns: readTurns(fields),
    ...readChoice(fields, choice, [...readTools(fields), ...readFunctions(fields)], extras),
    format: readFormat(fields.object('response_format'), true),
    params,
    paths,
    extras,
  };
  readModalities(fields, extras);
  fields.done();
  return intent;
}

export function readStreamOptions(fields: Fields): boolean {
  const options = fields.object('stream_options');
  const show = options?.boolean('include_usage') ?? false;
  options?.skip('include_obfuscation');
  options?.done();
  return show;
}

/** Field of each parameter, under the newest of its names. */
const names = {
  temperature: 'temperature',
  topP: 'top_p',
  // Not OpenAI's, but every open server has it.
  topK: 'top_k',
  seed: 'seed',
  frequencyPenalty: 'frequency_penalty',
  presencePenalty: 'presence_penalty',
  n: 'n',
  topLogprobs: 'top_logprobs',
} as const;

/** What Completions names alike is read by it too; its `logprobs` is read before. */
export function readParams(fields: Fields): Pick<Intent, 'params' | 'paths'> {
  const params: { -readonly [K in keyof Params]: Params[K] } = {};
  const paths: { [K in keyof Params]?: string } = {};
  const set = <K extends keyof Params>(name: K, path: string, value: Params[K]): void => {
    if (value === undefined) return;
    params[name] = value;
    paths[name] = path;
  };
  for (const [name, path] of Object.entries(names) as [keyof typeof names, string][]) {
    set(name, path, fields.number(path));
  }
  const limit = fields.number('max_completion_tokens');
  const old = fields.number('max_tokens');
  if (limit === undefined) set('maxTokens', 'max_tokens', old);
  else set('maxTokens', 'max_completion_tokens', limit);
  set('stop', 'stop', readStop(fields));
  set('logprobs', 'logprobs', fields.raw('logprobs') === true ? true : undefined);
  set('logitBias', 'logit_bias', fields.json('logit_bias'));
  set('serviceTier', 'service_tier', fields.string('service_tier'));
  set('verbosity', 'verbosity', fields.string('verbosity'));
  set('cacheKey', 'prompt_cache_key', fields.string('prompt_cache_key'));
  set('metadata', 'metadata', fields.json('metadata'));
  set('store', 'store', fields.boolean('store') === true ? true : undefined);
  set('parallelTools', 'parallel_tool_calls', fields.boolean('parallel_tool_calls'));
  const user = fields.string('safety_identifier');
  set('user', 'user', fields.string('user'));
  set('user', 'safety_identifier', user);
  const effort = fields.string('reasoning_effort');
  // Groq’s word for leaving it to the model.
  if (effort !== undefined && effort !== 'default') {
    if (!isEffort(effort)) {
      const expected = 'none, minimal, low, medium, high, xhigh or max';
      throw new RequestError('reasoning_effort', effort, expected);
    }
    set('reasoning', 'reasoning_effort', { effort });
  }
  return { params, paths };
}

function readStop(fields: Fields): readonly string[] | undefined {
  const stop = fields.raw('stop');
  if (typeof stop === 'string') return [stop];
  return stop === undefined ? undefined : fields.strings('stop');
}

/** Text is what everybody answers with. */
function readModalities(fields: Fields, extras: Extra[]): void {
  const modalities = fields.strings('modalities');
  if (modalities !== undefined && modalities.some((one) => one !== 'text')) {
    extras.push({ path: 'modalities', value: modalities });
  }
}

function readTools(fields: Fields): Tool[] {
  return fields.objects('tools').map((tool): Tool => {
    const type = tool.needString('type');
    const path = tool.path;
    if (type !== 'function') {
      return { kind: 'foreign', dialect: 'openai-chat', type, value: tool.whole(), path };
    }
    const declared = tool.object('function');
    if (declared === undefined) {
      throw new RequestError(tool.at('function'), undefined, 'an object');
    }
    const read = readFunction(declared, path);
    tool.skip('cache_control');
    tool.done();
    return read;
  });
}

/** Before tools there were functions; old clients still send them. */
function readFunctions(fields: Fields): Tool[] {
  return fields.objects('functions').map((declared) => readFunction(declared, declared.path));
}

function readFunction(declared: Fields, path: string): FunctionTool {
  const tool: FunctionTool = {
    kind: 'function',
    name: declared.needString('name'),
    description: declared.string('description'),
    schema: declared.json('parameters'),
    strict: declared.boolean('strict'),
    path,
  };
  declared.done();
  return tool;
}
