import { inputOf } from '../arguments.ts';
import type { Speaker } from '../codec.ts';
import { AnswerError } from '../errors.ts';
import { isJsonObject, listIn, objectIn, textIn, valueIn, wordIn } from '../fields.ts';
import type { Seal } from '../intent.ts';
import { tryJson } from '../json.ts';
import type { Citation, Reply, ReplyBlock } from '../reply.ts';
import { envelope, idWithSeal, plainSeal } from '../seal.ts';
import { readStop, writeStop } from './stops.ts';
import { readUsage, writeUsage } from './usage.ts';

/** Reads an answer of Converse (Amazon Bedrock API reference, "ConverseResponse"). */
export function readReply(text: string, origin: string): Reply {
  const answer = tryJson(text);
  const message = objectIn(objectIn(answer, 'output'), 'message');
  if (!isJsonObject(answer) || message === undefined) {
    throw new AnswerError('found an answer without a message, expected output.message');
  }
  const blocks = listIn(message, 'content').flatMap((block) => readBlock(block, origin));
  const more = answer['additionalModelResponseFields'];
  return {
    id: undefined,
    model: undefined,
    choices: [{ blocks, stop: readStop(wordIn(answer, 'stopReason'), more) }],
    usage: readUsage(answer),
  };
}

function readBlock(block: unknown, origin: string): ReplyBlock[] {
  const text = textIn(block, 'text');
  if (text !== undefined) return text === '' ? [] : [{ kind: 'text', text }];
  const use = objectIn(block, 'toolUse');
  if (use !== undefined && textIn(use, 'type') !== 'server_tool_use') return [readCall(use)];
  const reasoning = objectIn(block, 'reasoningContent');
  if (reasoning !== undefined) return [readReasoning(reasoning, origin)];
  const cited = objectIn(block, 'citationsContent');
  if (cited !== undefined) {
    const said = listIn(cited, 'content').map((part) => textIn(part, 'text') ?? '');
    const citations = listIn(cited, 'citations').map(readCitation);
    return [{ kind: 'text', text: said.join(''), citations }];
  }
  const [type = 'nothing'] = isJsonObject(block) ? Object.keys(block) : [];
  return [{ kind: 'foreign', type: textIn(use, 'type') ?? type }];
}

function readCall(use: unknown): ReplyBlock {
  const name = textIn(use, 'name');
  if (name === undefined) throw new AnswerError('found a tool call without a name');
  const text = JSON.stringify(valueIn(use, 'input') ?? {});
  return { kind: 'tool-call', id: wordIn(use, 'toolUseId'), name, arguments: text };
}

function readReasoning(reasoning: unknown, origin: string): ReplyBlock {
  const data = wordIn(reasoning, 'redactedContent');
  if (data !== undefined) {
    return { kind: 'reasoning', text: '', seal: { origin, data, isContent: true } };
  }
  const told = objectIn(reasoning, 'reasoningText');
  const signature = wordIn(told, 'signature');
  const seal = signature === undefined ? plainSeal(origin) : { origin, data: signature };
  return { kind: 'reasoning', text: textIn(told, 'text') ?? '', seal };
}

export function readCitation(citation: unknown): Citation {
  const location = objectIn(citation, 'location');
  const quotes = listIn(citation, 'sourceContent').map((part) => textIn(part, 'text') ?? '');
  return {
    url: textIn(objectIn(location, 'web'), 'url'),
    title: textIn(citation, 'title'),
    quote: quotes.length === 0 ? undefined : quotes.join(''),
  };
}

/** Writes an answer of Converse. How long it took only the vendor knows. */
export function writeReply(reply: Reply, as: Speaker): string {
  const [choice, ...others] = reply.choices;
  if (others.length > 0) {
    as.losses.dropped('answer', 'only the first of several answers has a place');
  }
  const blocks = choice?.blocks ?? [];
  const content = blocks.flatMap((block, index) => writeBlock(block, index, as));
  return JSON.stringify({
    output: { message: { role: 'assistant', content } },
    stopReason: choice === undefined ? 'end_turn' : writeStop(choice.stop),
    ...(choice?.stop.sequence === undefined
      ? {}
      : { additionalModelResponseFields: { stop_sequence: choice.stop.sequence } }),
    usage: writeUsage(reply.usage),
  });
}

function writeBlock(block: ReplyBlock, index: number, as: Speaker): object[] {
  switch (block.kind) {
    case 'text': {
      const { text, citations = [] } = block;
      if (citations.length === 0) return [{ text }];
      const cited = { content: [{ text }], citations: citations.map(writeCitation) };
      return [{ citationsContent: cited }];
    }
    case 'refusal':
      return [{ text: block.text }];
    case 'tool-call': {
      const toolUseId = idWithSeal(block.id ?? `tooluse_${as.id}_${index}`, block.seal);
      const input = inputOf(block.arguments);
      if (input === undefined) {
        as.losses.altered('answer', 'arguments that are no JSON object came as text in one');
      }
      const told = input ?? { invalid_json: block.arguments };
      return [{ toolUse: { toolUseId, name: block.name, input: told } }];
    }
    case 'reasoning': {
      const { text, seal } = block;
      if (seal?.isContent === true) return [{ reasoningContent: writeSeal(seal) }];
      const signed = seal === undefined ? {} : writeSeal(seal);
      return [{ reasoningContent: { reasoningText: { text, ...signed } } }];
    }
    case 'foreign':
      as.losses.dropped('answer', `${block.type} has no form in this dialect`);
      return [];
  }
}

/** What was withheld goes as bytes, what vouches for a text as a word. */
export function writeSeal(seal: Seal): object {
  const word = envelope(seal);
  return seal.isContent === true
    ? { redactedContent: Buffer.from(word).toString('base64') }
    : { signature: word };
}

export function writeCitation({ url, title, quote }: Citation): object {
  return {
    title,
    ...(quote === undefined ? {} : { sourceContent: [{ text: quote }] }),
    ...(url === undefined ? {} : { location: { web: { url } } }),
  };
}
