import type { JsonObject } from '../../json.ts';
import { piecesOf } from '../../toy/tokens.ts';
import type { Frame } from '../dialect.ts';
import {
  type CallItem,
  type ContentPart,
  type Item,
  type MessageItem,
  type ReasoningItem,
  responseOf,
  type Told,
  unsaid,
} from './answer.ts';

/**
 * The events of a response (https://platform.openai.com/docs/api-reference/responses-streaming),
 * numbered from 0: created and in progress, each item added, told in pieces and done, and the whole
 * response once more at its end. There is no terminator.
 */
export function* responseFrames(told: Told): Generator<Frame> {
  let number = 0;
  for (const { type, tokens = 0, ...event } of eventsOf(told)) {
    const data = JSON.stringify({ type, ...event, sequence_number: number++ });
    yield { data: `event: ${type}\ndata: ${data}\n\n`, tokens };
  }
}

interface Event extends JsonObject {
  readonly type: string;
  /** Of the frame, not of the event. */
  readonly tokens?: number;
}

function* eventsOf(told: Told): Generator<Event> {
  const response = unsaid(told);
  yield { type: 'response.created', response };
  yield { type: 'response.in_progress', response };
  for (const [output_index, item] of told.output.entries()) {
    yield { type: 'response.output_item.added', output_index, item: begun(item) };
    yield* itemEvents(item, { item_id: item.id, output_index });
    yield { type: 'response.output_item.done', output_index, item };
  }
  yield { type: `response.${told.status}`, response: responseOf(told) };
}

function begun(item: Item): Item {
  switch (item.type) {
    case 'reasoning':
      return { ...item, summary: [] };
    case 'message':
      return { ...item, status: 'in_progress', content: [] };
    case 'function_call':
      return { ...item, status: 'in_progress', arguments: '' };
  }
}

interface Place {
  readonly item_id: string;
  readonly output_index: number;
}

function itemEvents(item: Item, place: Place): Iterable<Event> {
  switch (item.type) {
    case 'reasoning':
      return reasoningEvents(item, place);
    case 'message':
      return messageEvents(item, place);
    case 'function_call':
      return callEvents(item, place);
  }
}

function* reasoningEvents({ summary }: ReasoningItem, place: Place): Generator<Event> {
  for (const [summary_index, part] of summary.entries()) {
    const at = { ...place, summary_index };
    const type = 'response.reasoning_summary';
    yield { type: `${type}_part.added`, ...at, part: { ...part, text: '' } };
    yield* deltas(`${type}_text.delta`, part.text, at);
    yield { type: `${type}_text.done`, ...at, text: part.text };
    yield { type: `${type}_part.done`, ...at, part };
  }
}

function* messageEvents({ content }: MessageItem, place: Place): Generator<Event> {
  for (const [content_index, part] of content.entries()) {
    const at = { ...place, content_index };
    yield { type: 'response.content_part.added', ...at, part: emptied(part) };
    if (part.type === 'refusal') {
      yield* deltas('response.refusal.delta', part.refusal, at);
      yield { type: 'response.refusal.done', ...at, refusal: part.refusal };
    } else {
      yield* deltas('response.output_text.delta', part.text, { ...at, logprobs: [] });
      yield { type: 'response.output_text.done', ...at, text: part.text, logprobs: [] };
    }
    yield { type: 'response.content_part.done', ...at, part };
  }
}

const emptied = (part: ContentPart): ContentPart =>
  part.type === 'refusal' ? { ...part, refusal: '' } : { ...part, text: '' };

function* callEvents(item: CallItem, place: Place): Generator<Event> {
  const type = 'response.function_call_arguments';
  yield* deltas(`${type}.delta`, item.arguments, place);
  yield { type: `${type}.done`, ...place, arguments: item.arguments, name: item.name };
}

function* deltas(type: string, text: string, at: object): Generator<Event> {
  for (const delta of piecesOf(text)) yield { type, ...at, delta, tokens: 1 };
}
