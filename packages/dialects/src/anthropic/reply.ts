import { inputOf } from '../arguments.ts';
import type { Speaker } from '../codec.ts';
import { AnswerError } from '../errors.ts';
import { isJsonObject, listIn, textIn, valueIn } from '../fields.ts';
import { parseJson } from '../json.ts';
import type { Citation, Reply, ReplyBlock } from '../reply.ts';
import { envelope, idWithSeal } from '../seal.ts';
import { readStop, writeStop } from './stops.ts';
import { readUsage, writeUsage } from './usage.ts';

/** Reads a message (Anthropic API reference, "Message"). */
export function readReply(text: string, origin: string): Reply {
  const answer = parsed(text);
  const content = valueIn(answer, 'content');
  if (!isJsonObject(answer) || !Array.isArray(content)) {
    throw new AnswerError('found an answer without content, expected a message');
  }
  return {
    id: textIn(answer, 'id'),
    model: textIn(answer, 'model'),
    choices: [
      {
        blocks: content.map((block: unknown) => readBlock(block, origin)),
        stop: readStop(textIn(answer, 'stop_reason'), textIn(answer, 'stop_sequence')),
      },
    ],
    usage: readUsage(answer),
  };
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    throw new AnswerError('found an answer that is no JSON');
  }
}

function readBlock(block: unknown, origin: string): ReplyBlock {
  const type = textIn(block, 'type') ?? 'nothing';
  switch (type) {
    case 'text': {
      const citations = listIn(block, 'citations').map(readCitation);
      return { kind: 'text', text: textIn(block, 'text') ?? '', citations };
    }
    case 'tool_use': {
      const name = textIn(block, 'name');
      if (name === undefined) throw new AnswerError('found a tool call without a name');
      const text = JSON.stringify(valueIn(block, 'input') ?? {});
      return { kind: 'tool-call', id: textIn(block, 'id'), name, arguments: text };
    }
    case 'thinking': {
      const seal = { origin, data: textIn(block, 'signature') ?? '' };
      return { kind: 'reasoning', text: textIn(block, 'thinking') ?? '', seal };
    }
    case 'redacted_thinking': {
      const seal = { origin, data: textIn(block, 'data') ?? '', isContent: true };
      return { kind: 'reasoning', text: '', seal };
    }
    default:
      return { kind: 'foreign', type };
  }
}

export function readCitation(citation: unknown): Citation {
  return {
    url: textIn(citation, 'url'),
    title: textIn(citation, 'title') ?? textIn(citation, 'document_title'),
    quote: textIn(citation, 'cited_text'),
  };
}

/** Writes a message. */
export function writeReply(reply: Reply, as: Speaker): string {
  const [choice, ...others] = reply.choices;
  if (others.length > 0)
    as.losses.dropped('answer', 'only the first of several answers has a place');
  const stop = choice?.stop;
  return JSON.stringify({
    id: reply.id ?? `msg_${as.id}`,
    type: 'message',
    role: 'assistant',
    model: as.model,
    content: (choice?.blocks ?? []).flatMap((block, index) => writeBlock(block, index, as)),
    stop_reason: stop === undefined ? null : writeStop(stop),
    stop_sequence: stop?.sequence ?? null,
    usage: writeUsage(reply.usage),
  });
}

function writeBlock(block: ReplyBlock, index: number, as: Speaker): object[] {
  switch (block.kind) {
    case 'text': {
      const citations = (block.citations ?? []).map(writeCitation);
      return [
        { type: 'text', text: block.text, citations: citations.length > 0 ? citations : null },
      ];
    }
    case 'refusal':
      return [{ type: 'text', text: block.text, citations: null }];
    case 'tool-call': {
      const id = idWithSeal(block.id ?? `toolu_${as.id}_${index}`, block.seal);
      const input = inputOf(block.arguments);
      if (input === undefined) {
        as.losses.altered('answer', 'arguments that are no JSON object came as text in one');
      }
      const told = input ?? { invalid_json: block.arguments };
      return [{ type: 'tool_use', id, name: block.name, input: told }];
    }
    case 'reasoning': {
      const signature = block.seal === undefined ? '' : envelope(block.seal);
      return block.seal?.isContent === true
        ? [{ type: 'redacted_thinking', data: signature }]
        : [{ type: 'thinking', thinking: block.text, signature }];
    }
    case 'foreign':
      as.losses.dropped('answer', `${block.type} has no form in this dialect`);
      return [];
  }
}

export function writeCitation({ url = '', title, quote = '' }: Citation): object {
  return {
    type: 'web_search_result_location',
    url,
    title: title ?? null,
    cited_text: quote,
    encrypted_index: '',
  };
}
