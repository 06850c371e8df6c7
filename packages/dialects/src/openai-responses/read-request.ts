import type { Asked } from '../codec.ts';
import { isEffort } from '../effort.ts';
import { RequestError } from '../errors.ts';
import { Fields } from '../fields.ts';
import type { Extra, Intent, Params, Reasoning, Tool } from '../intent.ts';
import { readChoice } from '../openai/choice.ts';
import { readFormat } from '../openai/format.ts';
import { readTurns } from './read-turns.ts';

/** Reads a request of Responses (OpenAI API reference, "Create a model response"). */
export function readRequest({ body }: Asked): Intent {
  const extras: Extra[] = [];
  const fields = Fields.of(body, '', extras);
  const text = fields.object('text');
  const { params, paths } = readParams(fields, text);
  const intent: Intent = {
    from: 'openai-responses',
    model: fields.needString('model'),
    stream: fields.boolean('stream') ?? false,
    showUsage: true,
    turns: readTurns(fields),
    ...readChoice(fields, 'tool_choice', readTools(fields), extras),
    format: readFormat(text?.object('format'), false),
    params,
    paths,
    extras,
  };
  text?.done();
  readStored(fields, extras);
  // Both say how answers are framed, and nothing of what is asked.
  fields.skip('stream_options');
  if (fields.string('truncation') === 'auto') extras.push({ path: 'truncation', value: 'auto' });
  fields.done();
  return intent;
}

/** What only works where the conversation is stored; without it something else would be asked. */
function readStored(fields: Fields, extras: Extra[]): void {
  for (const path of ['previous_response_id', 'conversation', 'prompt']) {
    const value = fields.raw(path);
    const needed = 'nothing here, since it is stored at another vendor; send the whole input';
    if (value !== undefined) extras.push({ path, value, needed });
  }
  if (fields.boolean('background') === true) {
    extras.push({
      path: 'background',
      value: true,
      needed: 'false: this provider answers at once',
    });
  }
}

/** Field of each parameter. */
const names = {
  temperature: 'temperature',
  topP: 'top_p',
  maxTokens: 'max_output_tokens',
  topLogprobs: 'top_logprobs',
} as const;

function readParams(fields: Fields, text: Fields | undefined): Pick<Intent, 'params' | 'paths'> {
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
  set('serviceTier', 'service_tier', fields.string('service_tier'));
  set('verbosity', 'text.verbosity', text?.string('verbosity'));
  set('cacheKey', 'prompt_cache_key', fields.string('prompt_cache_key'));
  set('metadata', 'metadata', fields.json('metadata'));
  set('store', 'store', fields.boolean('store') === true ? true : undefined);
  set('parallelTools', 'parallel_tool_calls', fields.boolean('parallel_tool_calls'));
  const user = fields.string('safety_identifier');
  set('user', 'user', fields.string('user'));
  set('user', 'safety_identifier', user);
  set('reasoning', 'reasoning', readReasoning(fields));
  for (const [index, one] of (fields.strings('include') ?? []).entries()) {
    if (one === 'message.output_text.logprobs') set('logprobs', `include[${index}]`, true);
  }
  return { params, paths };
}

function readReasoning(fields: Fields): Reasoning | undefined {
  const told = fields.object('reasoning');
  if (told === undefined) return undefined;
  const effort = told.string('effort');
  if (effort !== undefined && !isEffort(effort)) {
    const expected = 'none, minimal, low, medium, high, xhigh or max';
    throw new RequestError('reasoning.effort', effort, expected);
  }
  const summary = told.string('summary') ?? told.string('generate_summary');
  told.skip('generate_summary');
  told.done();
  const show = summary === undefined ? undefined : true;
  return effort === undefined && show === undefined ? undefined : { effort, show };
}

function readTools(fields: Fields): Tool[] {
  return fields.objects('tools').map((tool): Tool => {
    const type = tool.needString('type');
    const { path } = tool;
    if (type !== 'function') {
      return { kind: 'foreign', dialect: 'openai-responses', type, value: tool.whole(), path };
    }
    const read: Tool = {
      kind: 'function',
      name: tool.needString('name'),
      description: tool.string('description'),
      schema: tool.json('parameters'),
      strict: tool.boolean('strict'),
      path,
    };
    tool.done();
    return read;
  });
}
