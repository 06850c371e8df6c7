/**
 * What each dialect says of the order of its events and of their ids, beyond what single events
 * mean: clients build their picture of an answer from these. Each grammar gives the first rule that
 * a stream breaks, or undefined. It shares nothing with what writes the streams but the frames of AWS.
 */
import { FrameReader } from '../../../packages/dialects/src/bedrock/frames.ts';
import { at, list, number, text } from './oracle.ts';

export type Grammar = (body: Buffer) => string | undefined;

class Broken extends Error {}

function must(isSo: boolean, rule: string, event?: unknown): asserts isSo {
  if (!isSo) throw new Broken(`${rule}: ${JSON.stringify(event)?.slice(0, 300) ?? ''}`);
}

const grammar =
  (check: (body: Buffer) => void): Grammar =>
  (body) => {
    try {
      check(body);
      return undefined;
    } catch (error) {
      if (error instanceof Broken) return error.message;
      throw error;
    }
  };

interface Sse {
  readonly name: string | undefined;
  readonly data: string;
}

/** WHATWG HTML, section 9.2; comments are left out. */
function sseOf(body: Buffer): Sse[] {
  // Lines may end in either way, and Google's end in both.
  const whole = body.toString().replaceAll('\r\n', '\n');
  must(whole.endsWith('\n\n'), 'the last event is whole');
  return whole.split('\n\n').flatMap((frame): Sse[] => {
    const lines = frame.split('\n').filter((line) => line !== '' && !line.startsWith(':'));
    if (lines.length === 0) return [];
    const field = (name: string) =>
      lines
        .filter((line) => line.startsWith(`${name}:`))
        .map((line) => line.slice(name.length + 1).replace(/^ /, ''));
    const data = field('data');
    must(data.length === 1, 'an event has one line of data', frame);
    return [{ name: field('event')[0], data: data[0] ?? '' }];
  });
}

/** OpenAI API reference, "Streaming", of Chat Completions. */
export const chatGrammar = grammar((body) => {
  const events = sseOf(body);
  must(events.at(-1)?.data === '[DONE]', 'the last event is [DONE]', events.at(-1));
  const chunks = events.slice(0, -1).map(({ data }) => JSON.parse(data) as unknown);
  const ids = new Set(chunks.map((one) => at(one, 'id')));
  must(ids.size === 1 && text([...ids][0]) !== '', 'all chunks have one id', [...ids]);
  const begun = new Set<unknown>();
  const stopped = new Set<unknown>();
  const calls = new Map<string, unknown>();
  for (const chunk of chunks) {
    must(at(chunk, 'object') === 'chat.completion.chunk', 'a chunk says what it is', chunk);
    const choices = list(at(chunk, 'choices'));
    if (choices.length === 0) {
      must(at(chunk, 'usage') != null, 'a chunk without choices tells usage', chunk);
      must(
        [...begun].every((one) => stopped.has(one)),
        'usage comes after all',
        chunk,
      );
    }
    for (const choice of choices) {
      const index = at(choice, 'index');
      const delta = at(choice, 'delta');
      must(!stopped.has(index), 'nothing follows a reason to stop', chunk);
      if (!begun.has(index)) must(at(delta, 'role') === 'assistant', 'a role comes first', chunk);
      begun.add(index);
      for (const call of list(at(delta, 'tool_calls'))) {
        const key = `${String(index)} ${String(at(call, 'index'))}`;
        must(number(at(call, 'index')) !== undefined, 'a call has an index', chunk);
        const id = at(call, 'id');
        if (calls.has(key)) must(id == null || id === calls.get(key), 'a call has one id', chunk);
        else {
          must(
            text(id) !== '' && text(at(call, 'function', 'name')) !== '',
            'a call begins with id and name',
            chunk,
          );
          must(at(call, 'type') === 'function', 'a call says its type', chunk);
          must(![...calls.values()].includes(id), 'no two calls have one id', chunk);
          const before = [...calls.keys()].filter((one) => one.startsWith(`${String(index)} `));
          must(at(call, 'index') === before.length, 'calls are counted from 0', chunk);
          calls.set(key, id);
        }
      }
      if (at(choice, 'finish_reason') != null) stopped.add(index);
    }
  }
  must(begun.size > 0 && begun.size === stopped.size, 'each choice has a reason to stop');
});

/** OpenAI API reference, "Streaming events" of Responses. */
export const responsesGrammar = grammar((body) => {
  const events = sseOf(body).map(({ name, data }) => {
    const event = JSON.parse(data) as unknown;
    must(at(event, 'type') === name, 'an event is named as its type', event);
    return event;
  });
  events.forEach((event, i) =>
    must(at(event, 'sequence_number') === i, 'events are counted', event),
  );
  const types = events.map((event) => text(at(event, 'type')));
  must(types[0] === 'response.created', 'the first is response.created', types[0]);
  must(
    /^response\.(?:completed|incomplete)$/.test(types.at(-1) ?? ''),
    'the last ends it',
    types.at(-1),
  );
  const ids = new Set(events.flatMap((event) => at(event, 'response', 'id') ?? []));
  must(ids.size === 1, 'one id of the response', [...ids]);
  const open = new Map<
    unknown,
    { readonly id: unknown; readonly parts: Map<unknown, string>; said: string }
  >();
  const done: unknown[] = [];
  let items = 0;
  for (const event of events) {
    const type = text(at(event, 'type'));
    const index = at(event, 'output_index');
    if (type === 'response.output_item.added') {
      must(index === items, 'items are counted from 0', event);
      items += 1;
      must(text(at(event, 'item', 'id')) !== '', 'an item has an id', event);
      open.set(index, { id: at(event, 'item', 'id'), parts: new Map(), said: '' });
      continue;
    }
    if (index === undefined) continue;
    const item = open.get(index);
    must(item !== undefined, 'an item is added before it is told', event);
    if (type === 'response.output_item.done') {
      must(at(event, 'item', 'id') === item.id, 'an item keeps its id', event);
      must(
        at(event, 'item', 'status') === undefined || at(event, 'item', 'status') !== 'in_progress',
        'an item that is done is over',
        event,
      );
      const whole = at(event, 'item', 'arguments');
      if (whole !== undefined) must(whole === item.said, 'arguments are told again', event);
      open.delete(index);
      done[Number(index)] = at(event, 'item', 'id');
      continue;
    }
    must(at(event, 'item_id') === item.id, 'an event names the item it is of', event);
    const part = at(event, 'content_index') ?? at(event, 'summary_index');
    if (type.endsWith('part.added')) {
      must(part === item.parts.size, 'parts are counted from 0', event);
      item.parts.set(part, '');
    } else if (type.endsWith('.delta') && part !== undefined) {
      must(item.parts.has(part), 'a part is added before it is told', event);
      item.parts.set(part, `${item.parts.get(part)}${text(at(event, 'delta'))}`);
    } else if (type.endsWith('.delta')) item.said += text(at(event, 'delta'));
    else if (type.endsWith('_text.done'))
      must(at(event, 'text') === item.parts.get(part), 'a text is told again', event);
    else if (type.endsWith('arguments.done'))
      must(at(event, 'arguments') === item.said, 'arguments are told again', event);
  }
  must(open.size === 0 && items > 0, 'each item is done');
  const output = list(at(events.at(-1), 'response', 'output')).map((item) => at(item, 'id'));
  must(
    JSON.stringify(output) === JSON.stringify(done),
    'the last event has all items, in order',
    output,
  );
});

/** Anthropic API reference, "Streaming Messages". */
export const messagesGrammar = grammar((body) => {
  let state: 'before' | 'inside' | 'stopping' | 'over' = 'before';
  let open: { readonly index: number; readonly type: string } | undefined;
  let blocks = 0;
  const ids = new Set<unknown>();
  const fits: Readonly<Record<string, readonly string[]>> = {
    text: ['text_delta', 'citations_delta'],
    thinking: ['thinking_delta', 'signature_delta'],
    redacted_thinking: [],
    tool_use: ['input_json_delta'],
  };
  for (const { name, data } of sseOf(body)) {
    const event = JSON.parse(data) as unknown;
    const type = at(event, 'type');
    must(type === name, 'an event is named as its type', event);
    must(state !== 'over', 'nothing follows message_stop', event);
    switch (type) {
      case 'message_start':
        must(
          state === 'before' && text(at(event, 'message', 'id')) !== '',
          'a message begins once',
          event,
        );
        state = 'inside';
        break;
      case 'ping':
        must(state !== 'before', 'a ping comes after the start', event);
        break;
      case 'content_block_start': {
        must(state === 'inside' && open === undefined, 'one block is open at a time', event);
        must(at(event, 'index') === blocks, 'blocks are counted from 0', event);
        open = { index: blocks, type: text(at(event, 'content_block', 'type')) };
        blocks += 1;
        if (open.type === 'tool_use') {
          const id = at(event, 'content_block', 'id');
          must(text(id) !== '' && !ids.has(id), 'a call has an id of its own', event);
          must(text(at(event, 'content_block', 'name')) !== '', 'a call has a name', event);
          ids.add(id);
        }
        break;
      }
      case 'content_block_delta':
        must(
          open !== undefined && at(event, 'index') === open.index,
          'a delta is of the open block',
          event,
        );
        must(
          fits[open.type]?.includes(text(at(event, 'delta', 'type'))) === true,
          'a delta fits its block',
          event,
        );
        break;
      case 'content_block_stop':
        must(
          open !== undefined && at(event, 'index') === open.index,
          'the open block is closed',
          event,
        );
        open = undefined;
        break;
      case 'message_delta':
        must(state === 'inside' && open === undefined, 'the end comes after all blocks', event);
        must(text(at(event, 'delta', 'stop_reason')) !== '', 'the end has a reason', event);
        must(
          number(at(event, 'usage', 'output_tokens')) !== undefined,
          'the end tells usage',
          event,
        );
        state = 'stopping';
        break;
      case 'message_stop':
        must(state === 'stopping', 'message_stop follows message_delta', event);
        state = 'over';
        break;
      default:
        must(false, 'no other event', event);
    }
  }
  must(state === 'over', 'message_stop is the last');
});

/** Gemini API reference, "streamGenerateContent". */
export const geminiGrammar = grammar((body) => {
  const chunks = sseOf(body).map(({ data }) => JSON.parse(data) as unknown);
  const stopped = new Set<unknown>();
  const seen = new Set<unknown>();
  for (const chunk of chunks) {
    for (const candidate of list(at(chunk, 'candidates'))) {
      const index = at(candidate, 'index') ?? 0;
      const parts = list(at(candidate, 'content', 'parts'));
      must(parts.length === 0 || !stopped.has(index), 'nothing follows a reason to stop', chunk);
      must(
        parts.length === 0 || at(candidate, 'content', 'role') === 'model',
        'the model speaks',
        chunk,
      );
      for (const part of parts) {
        const call = at(part, 'functionCall');
        if (call !== undefined) must(typeof at(call, 'args') === 'object', 'a call is whole', part);
      }
      seen.add(index);
      if (at(candidate, 'finishReason') === undefined) continue;
      must(!stopped.has(index), 'a candidate stops once', chunk);
      stopped.add(index);
    }
  }
  must(seen.size > 0 && seen.size === stopped.size, 'each candidate has a reason to stop');
  must(at(chunks.at(-1), 'usageMetadata') !== undefined, 'the last tells usage', chunks.at(-1));
});

/** Ollama, "API", of chat. */
export const ollamaGrammar = grammar((body) => {
  const whole = body.toString();
  must(whole.endsWith('\n'), 'the last line is whole');
  const lines = whole
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  lines.forEach((line, i) => {
    must(
      at(line, 'done') === (i === lines.length - 1),
      'the last line is done, and no other',
      line,
    );
    must(
      text(at(line, 'model')) !== '' && !Number.isNaN(Date.parse(text(at(line, 'created_at')))),
      'a line says of what and when',
      line,
    );
    must(at(line, 'message', 'role') === 'assistant', 'the assistant speaks', line);
  });
  must(text(at(lines.at(-1), 'done_reason')) !== '', 'the end has a reason', lines.at(-1));
});

/** Amazon Bedrock API reference, "ConverseStreamOutput". */
export const converseGrammar = grammar((body) => {
  const reader = new FrameReader();
  const frames = reader.push(body);
  must(!reader.isInside, 'the last frame is whole');
  const types: string[] = [];
  /** Blocks may overlap here: each event names the one it is of. */
  const open = new Set<unknown>();
  let blocks = 0;
  for (const frame of frames) {
    must(
      frame !== undefined && frame.headers.get(':message-type') === 'event',
      'a frame is an event',
    );
    const type = frame.headers.get(':event-type') ?? '';
    const event = JSON.parse(frame.payload.toString()) as unknown;
    const index = at(event, 'contentBlockIndex');
    const isDelta = type === 'contentBlockDelta';
    if (type === 'contentBlockStart' || (isDelta && !open.has(index))) {
      must(index === blocks, 'blocks are counted from 0, and begin once', event);
      const isCall = at(event, 'delta', 'toolUse') !== undefined;
      must(!isCall, 'a call begins with its name', event);
      open.add(index);
      blocks += 1;
    }
    if (type === 'contentBlockStop') must(open.delete(index), 'an open block is closed', event);
    if (type === 'messageStop') must(open.size === 0, 'the end comes after all blocks', event);
    types.push(type);
  }
  const ends = types.filter((type) => !type.startsWith('contentBlock'));
  must(
    ends.join(' ') === 'messageStart messageStop metadata' &&
      types[0] === 'messageStart' &&
      types.at(-1) === 'metadata',
    'a message begins, stops and is counted',
    types,
  );
});
