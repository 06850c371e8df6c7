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
import { camel } from './camel.ts';
import { readTurns } from './read-turns.ts';
import { plainSchema } from './schema.ts';

/** Reads a request of generateContent (Gemini API reference, "models.generateContent"). */
export function readRequest({ body, model, stream, form }: Asked): Intent {
  if (model === undefined) throw new RequestError('model', undefined, 'a model in the path');
  const extras: Extra[] = [];
  const fields = Fields.of(camel(body), '', extras);
  const config = fields.object('generationConfig');
  const { params, paths } = readParams(config);
  // The path has said it; some clients say it again.
  fields.skip('model');
  const intent: Intent = {
    from: 'gemini',
    form,
    model,
    stream: stream ?? false,
    showUsage: true,
    turns: readTurns(fields),
    tools: fields.objects('tools').flatMap(readTools),
    toolChoice: readToolChoice(fields, extras),
    format: readFormat(config, extras),
    params,
    paths,
    extras,
  };
  config?.done();
  fields.done();
  return intent;
}

const numbers = {
  maxTokens: 'maxOutputTokens',
  temperature: 'temperature',
  topP: 'topP',
  topK: 'topK',
  seed: 'seed',
  frequencyPenalty: 'frequencyPenalty',
  presencePenalty: 'presencePenalty',
  n: 'candidateCount',
  topLogprobs: 'logprobs',
} as const;

function readParams(config: Fields | undefined): Pick<Intent, 'params' | 'paths'> {
  const params: { -readonly [K in keyof Params]: Params[K] } = {};
  const paths: { [K in keyof Params]?: string } = {};
  if (config === undefined) return { params, paths };
  const set = <K extends keyof Params>(name: K, path: string, value: Params[K]): void => {
    if (value === undefined) return;
    params[name] = value;
    paths[name] = config.at(path);
  };
  for (const [name, path] of Object.entries(numbers) as [keyof typeof numbers, string][]) {
    set(name, path, config.number(path));
  }
  set('stop', 'stopSequences', config.strings('stopSequences'));
  const logprobs = config.boolean('responseLogprobs') === true ? true : undefined;
  set('logprobs', 'responseLogprobs', logprobs);
  set('reasoning', 'thinkingConfig', readReasoning(config));
  return { params, paths };
}

function readReasoning(config: Fields): Reasoning | undefined {
  const thinking = config.object('thinkingConfig');
  if (thinking === undefined) return undefined;
  const budget = thinking.number('thinkingBudget');
  const level = thinking.string('thinkingLevel');
  const effort = level?.toLowerCase();
  const show = thinking.boolean('includeThoughts');
  thinking.done();
  if (budget === 0) return { effort: 'none' };
  const told = { budget, show: show ?? false };
  if (effort === undefined || level === 'THINKING_LEVEL_UNSPECIFIED') return told;
  if (isEffort(effort)) return { effort, ...told };
  throw new RequestError(thinking.at('thinkingLevel'), level, 'MINIMAL, LOW, MEDIUM or HIGH');
}

function readTools(tool: Fields): Tool[] {
  const declared = tool.objects('functionDeclarations').map((one): Tool => {
    const { path } = one;
    const old = one.json('parameters');
    const plain = old === undefined ? undefined : plainSchema(old);
    const schema = one.json('parametersJsonSchema') ?? plain;
    const name = one.needString('name');
    const description = one.string('description');
    one.done();
    return { kind: 'function', name, description, schema, strict: undefined, path };
  });
  const others = Object.entries(tool.left()).map(([type, value]): Tool => ({
    kind: 'foreign',
    dialect: 'gemini',
    type,
    value: { [type]: value },
    path: tool.at(type),
  }));
  return [...declared, ...others];
}

const modes: Readonly<Record<string, ToolChoice['type']>> = {
  AUTO: 'auto',
  ANY: 'required',
  NONE: 'none',
  VALIDATED: 'auto',
};

function readToolChoice(fields: Fields, extras: Extra[]): ToolChoice | undefined {
  const config = fields.object('toolConfig');
  const calling = config?.object('functionCallingConfig');
  const mode = calling?.string('mode');
  const names = calling?.strings('allowedFunctionNames') ?? [];
  calling?.done();
  config?.done();
  if (calling === undefined || mode === undefined || mode === 'MODE_UNSPECIFIED') return undefined;
  const type = modes[mode.toUpperCase()];
  const { path } = calling;
  if (type === undefined) throw new RequestError(`${path}.mode`, mode, 'AUTO, ANY or NONE');
  const [name, ...others] = names;
  if (type === 'required' && name !== undefined && others.length === 0) {
    return { type: 'tool', name, path };
  }
  // Nobody else can be told which tools may be called, or that all calls must fit their schemas.
  if (names.length > 0) extras.push({ path: `${path}.allowedFunctionNames`, value: names });
  if (mode === 'VALIDATED') extras.push({ path: `${path}.mode`, value: mode });
  return { type, path };
}

function readFormat(config: Fields | undefined, extras: Extra[]): OutputFormat | undefined {
  if (config === undefined) return undefined;
  const type = config.string('responseMimeType');
  const path = config.at('responseMimeType');
  // An enum or a picture, say: other vendors have no such thing.
  const isKnown = type === undefined || type === 'text/plain' || type === 'application/json';
  if (!isKnown) extras.push({ path, value: type });
  const schema = config.json('responseJsonSchema');
  if (schema !== undefined)
    return { type: 'schema', schema, path: config.at('responseJsonSchema') };
  const old = config.json('responseSchema');
  if (old !== undefined) {
    return { type: 'schema', schema: plainSchema(old), path: config.at('responseSchema') };
  }
  return type === 'application/json' ? { type: 'json', path } : undefined;
}
