import type { Asked } from '../codec.ts';
import { RequestError } from '../errors.ts';
import { Fields, isJsonObject } from '../fields.ts';
import type {
  Extra,
  FunctionTool,
  Intent,
  JsonObject,
  OutputFormat,
  Params,
  Reasoning,
  Tool,
  ToolChoice,
} from '../intent.ts';
import { tryJson } from '../json.ts';
import { readTurns } from './read-turns.ts';

/** Reads a request of Converse (Amazon Bedrock API reference, "Converse"). */
export function readRequest({ body, model, stream }: Asked): Intent {
  if (model === undefined) throw new RequestError('model', undefined, 'a model in the path');
  const extras: Extra[] = [];
  const fields = Fields.of(body, '', extras);
  const toolConfig = fields.object('toolConfig');
  const { params, paths } = readParams(fields);
  const intent: Intent = {
    from: 'bedrock',
    model,
    stream: stream ?? false,
    showUsage: true,
    turns: readTurns(fields),
    tools: toolConfig === undefined ? [] : readTools(toolConfig),
    toolChoice: readToolChoice(toolConfig),
    format: readFormat(fields),
    params,
    paths,
    extras,
  };
  toolConfig?.done();
  // The path has said it; some clients say it again.
  fields.skip('modelId');
  fields.done();
  return intent;
}

function readParams(fields: Fields): Pick<Intent, 'params' | 'paths'> {
  const params: { -readonly [K in keyof Params]: Params[K] } = {};
  const paths: { [K in keyof Params]?: string } = {};
  const set = <K extends keyof Params>(name: K, path: string, value: Params[K]): void => {
    if (value === undefined) return;
    params[name] = value;
    paths[name] = path;
  };
  const config = fields.object('inferenceConfig');
  set('maxTokens', 'inferenceConfig.maxTokens', config?.number('maxTokens'));
  set('temperature', 'inferenceConfig.temperature', config?.number('temperature'));
  set('topP', 'inferenceConfig.topP', config?.number('topP'));
  set('stop', 'inferenceConfig.stopSequences', config?.strings('stopSequences'));
  config?.done();
  const tier = fields.object('serviceTier');
  set('serviceTier', 'serviceTier', tier?.string('type'));
  tier?.done();
  set('metadata', 'requestMetadata', fields.json('requestMetadata'));
  const more = fields.object('additionalModelRequestFields');
  if (more === undefined) return { params, paths };
  set('topK', more.at('top_k'), more.number('top_k'));
  const thinking = more.object('thinking');
  if (thinking !== undefined) set('reasoning', thinking.path, readThinking(thinking));
  more.done();
  return { params, paths };
}

function readThinking(thinking: Fields): Reasoning {
  const type = thinking.string('type');
  const budget = thinking.number('budget_tokens') ?? -1;
  thinking.done();
  // Who asks Claude to think is shown what it thought.
  return type === 'disabled' ? { effort: 'none' } : { budget, show: true };
}

/** A hint to cache stands behind what it is about. */
function readTools(config: Fields): readonly Tool[] {
  const tools: Tool[] = [];
  for (const told of config.objects('tools')) {
    const { path } = told;
    const spec = told.object('toolSpec');
    const point = told.object('cachePoint');
    const last = tools.at(-1);
    if (spec !== undefined) tools.push(readSpec(spec, path));
    else if (point === undefined) {
      const value = told.whole();
      const type = Object.keys(value)[0] ?? 'nothing';
      tools.push({ kind: 'foreign', dialect: 'bedrock', type, value, path });
    } else if (last?.kind === 'function') {
      tools[tools.length - 1] = { ...last, cache: { ttl: point.string('ttl') } };
    }
    told.done();
  }
  return tools;
}

function readSpec(spec: Fields, path: string): FunctionTool {
  const schema = spec.object('inputSchema')?.json('json');
  const read: FunctionTool = {
    kind: 'function',
    name: spec.needString('name'),
    description: spec.string('description'),
    schema,
    strict: spec.boolean('strict'),
    path,
  };
  spec.done();
  return read;
}

function readToolChoice(config: Fields | undefined): ToolChoice | undefined {
  const choice = config?.object('toolChoice');
  if (choice === undefined) return undefined;
  const { path } = choice;
  if (choice.raw('auto') !== undefined) return { type: 'auto', path };
  if (choice.raw('any') !== undefined) return { type: 'required', path };
  const tool = choice.object('tool');
  if (tool === undefined) throw new RequestError(path, choice.whole(), 'auto, any or tool');
  return { type: 'tool', name: tool.needString('name'), path };
}

/** The schema comes as text. */
function readFormat(fields: Fields): OutputFormat | undefined {
  const config = fields.object('outputConfig');
  const format = config?.object('textFormat');
  config?.done();
  if (format === undefined) return undefined;
  const told = format.object('structure')?.object('jsonSchema');
  const path = format.path;
  if (told === undefined) throw new RequestError(path, format.whole(), 'a json_schema');
  const text = told.needString('schema');
  const schema = tryJson(text);
  if (!isJsonObject(schema)) throw new RequestError(told.at('schema'), text, 'a JSON schema');
  const read: OutputFormat = {
    type: 'schema',
    name: told.string('name'),
    description: told.string('description'),
    schema: schema satisfies JsonObject,
    strict: true,
    path,
  };
  told.done();
  format.skip('type');
  format.done();
  return read;
}
