import type { Asked } from '../codec.ts';
import { isEffort } from '../effort.ts';
import { RequestError } from '../errors.ts';
import { Fields } from '../fields.ts';
import type {
  Extra,
  Intent,
  OutputFormat,
  Params,
  Reasoning,
  Tool,
  ToolChoice,
} from '../intent.ts';
import { readCache } from './cache.ts';
import { readTurns } from './read-turns.ts';

/** Reads a request of Messages (Anthropic API reference, "Create a Message"), both API versions. */
export function readRequest({ body }: Asked): Intent {
  const extras: Extra[] = [];
  const fields = Fields.of(body, '', extras);
  const output = fields.object('output_config');
  const { params, paths } = readParams(fields, output);
  const intent: Intent = {
    from: 'anthropic',
    model: fields.needString('model'),
    stream: fields.boolean('stream') ?? false,
    showUsage: true,
    turns: readTurns(fields),
    tools: fields.objects('tools').map(readTool),
    toolChoice: readToolChoice(fields),
    format: readFormat(output),
    params,
    paths,
    extras,
  };
  output?.done();
  readThread(fields, extras);
  fields.done();
  return intent;
}

/** A conversation that Anthropic keeps: without it, what came before would not be asked. */
function readThread(fields: Fields, extras: Extra[]): void {
  const value = fields.raw('thread');
  const needed = 'nothing here, since no other vendor keeps it; send all messages';
  if (value !== undefined) extras.push({ path: 'thread', value, needed });
}

function readParams(fields: Fields, output: Fields | undefined): Pick<Intent, 'params' | 'paths'> {
  const params: { -readonly [K in keyof Params]: Params[K] } = {};
  const paths: { [K in keyof Params]?: string } = {};
  const set = <K extends keyof Params>(name: K, path: string, value: Params[K]): void => {
    if (value === undefined) return;
    params[name] = value;
    paths[name] = path;
  };
  set('maxTokens', 'max_tokens', fields.number('max_tokens'));
  set('temperature', 'temperature', fields.number('temperature'));
  set('topP', 'top_p', fields.number('top_p'));
  set('topK', 'top_k', fields.number('top_k'));
  set('stop', 'stop_sequences', fields.strings('stop_sequences'));
  set('serviceTier', 'service_tier', fields.string('service_tier'));
  const metadata = fields.object('metadata');
  set('user', 'metadata.user_id', metadata?.string('user_id'));
  metadata?.done();
  const choice = fields.raw('tool_choice');
  if (choice !== undefined) {
    const off = fields.object('tool_choice')?.boolean('disable_parallel_tool_use');
    const path = 'tool_choice.disable_parallel_tool_use';
    set('parallelTools', path, off === undefined ? undefined : !off);
  }
  const isEffortTold = output?.raw('effort') !== undefined;
  const path =
    fields.raw('thinking') === undefined && isEffortTold ? 'output_config.effort' : 'thinking';
  set('reasoning', path, readReasoning(fields, output));
  return { params, paths };
}

function readReasoning(fields: Fields, output: Fields | undefined): Reasoning | undefined {
  const told = output?.string('effort');
  if (told !== undefined && !isEffort(told)) {
    throw new RequestError('output_config.effort', told, 'low, medium, high, xhigh or max');
  }
  const effort = told === undefined ? {} : { effort: told };
  const thinking = fields.object('thinking');
  if (thinking === undefined) return told === undefined ? undefined : effort;
  const type = thinking.needString('type');
  const budget = thinking.number('budget_tokens');
  const display = thinking.string('display');
  thinking.done();
  if (type === 'disabled') return { effort: 'none' };
  return { ...effort, budget: budget ?? -1, show: display !== 'omitted' };
}

function readTool(tool: Fields): Tool {
  const { path } = tool;
  const type = tool.string('type') ?? 'custom';
  if (type !== 'custom') {
    return { kind: 'foreign', dialect: 'anthropic', type, value: tool.whole(), path };
  }
  const read: Tool = {
    kind: 'function',
    name: tool.needString('name'),
    description: tool.string('description'),
    schema: tool.json('input_schema'),
    strict: tool.boolean('strict'),
    cache: readCache(tool),
    path,
  };
  // A hint to the vendor's client, nothing to a model.
  tool.skip('eager_input_streaming');
  tool.done();
  return read;
}

const choices = { auto: 'auto', any: 'required', none: 'none', tool: 'tool' } as const;

function readToolChoice(fields: Fields): ToolChoice | undefined {
  const path = 'tool_choice';
  const choice = fields.object(path);
  if (choice === undefined) return undefined;
  const told = choice.needString('type');
  if (!Object.hasOwn(choices, told)) {
    throw new RequestError(`${path}.type`, told, 'auto, any, tool or none');
  }
  const type = choices[told as keyof typeof choices];
  const name = type === 'tool' ? choice.needString('name') : undefined;
  choice.skip('disable_parallel_tool_use');
  choice.done();
  return { type, name, path };
}

function readFormat(output: Fields | undefined): OutputFormat | undefined {
  const format = output?.object('format');
  if (format === undefined) return undefined;
  const type = format.needString('type');
  if (type !== 'json_schema') throw new RequestError(format.at('type'), type, 'json_schema');
  const schema = format.json('schema') ?? {};
  format.done();
  return { type: 'schema', schema, strict: true, path: format.path };
}
