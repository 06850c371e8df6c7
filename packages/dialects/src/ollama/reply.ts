import { inputOf } from '../arguments.ts';
import type { Speaker } from '../codec.ts';
import { AnswerError } from '../errors.ts';
import { isJsonObject, listIn, objectIn, valueIn, wordIn } from '../fields.ts';
import { tryJson } from '../json.ts';
import { readTokens, writeTokens, type TokenLogprob } from '../logprobs.ts';
import type { Reply, ReplyBlock } from '../reply.ts';
import { idWithSeal, plainSeal } from '../seal.ts';
import { readStop, writeStop } from './stops.ts';
import { readUsage, writeUsage } from './usage.ts';

/** Reads a chat answer (Ollama API, `ChatResponse`). */
export function readReply(text: string, origin: string): Reply {
  const answer = tryJson(text);
  const message = objectIn(answer, 'message');
  if (!isJsonObject(answer) || message === undefined) {
    throw new AnswerError('found an answer without a message, expected a chat response');
  }
  const thinking = wordIn(message, 'thinking');
  const said = wordIn(message, 'content');
  const calls = listIn(message, 'tool_calls').map(readCall);
  const blocks: ReplyBlock[] = [
    ...(thinking === undefined
      ? []
      : [{ kind: 'reasoning', text: thinking, seal: plainSeal(origin) } as const]),
    ...(said === undefined ? [] : [{ kind: 'text', text: said } as const]),
    ...calls,
    ...foreign(message),
  ];
  return {
    id: undefined,
    model: wordIn(answer, 'model'),
    choices: [
      {
        blocks,
        stop: readStop(wordIn(answer, 'done_reason'), calls.length > 0),
        logprobs: readTokens(listIn(answer, 'logprobs')),
      },
    ],
    usage: readUsage(answer),
  };
}

/** Models that draw: nobody else's chat has a place for what they drew. */
export const foreign = (message: unknown): { kind: 'foreign'; type: string }[] =>
  listIn(message, 'images').length === 0 ? [] : [{ kind: 'foreign', type: 'images' }];

export function readCall(call: unknown): Extract<ReplyBlock, { kind: 'tool-call' }> {
  const called = objectIn(call, 'function');
  const name = wordIn(called, 'name');
  if (name === undefined) throw new AnswerError('found a tool call without a name');
  const told = valueIn(called, 'arguments') ?? {};
  const text = typeof told === 'string' ? told : JSON.stringify(told);
  return { kind: 'tool-call', id: wordIn(call, 'id'), name, arguments: text };
}

/** Writes a chat answer. */
export function writeReply(reply: Reply, as: Speaker): string {
  const [choice, ...others] = reply.choices;
  if (others.length > 0) {
    as.losses.dropped('answer', 'only the first of several answers has a place');
  }
  return JSON.stringify({
    ...head(as),
    ...bodyOf(writeMessage(choice?.blocks ?? [], as), as),
    done: true,
    done_reason: choice === undefined ? 'stop' : writeStop(choice.stop),
    ...writeLogprobs(choice?.logprobs),
    ...writeUsage(reply.usage),
  });
}

/** Nothing where nobody told any. */
export const writeLogprobs = (tokens: readonly TokenLogprob[] = []): object =>
  tokens.length === 0 ? {} : { logprobs: writeTokens(tokens) };

/** What each line begins with. */
export const head = ({ model, created }: Speaker): object => ({
  model,
  created_at: new Date(created * 1000).toISOString(),
});

export interface Message {
  readonly content: string;
  readonly thinking?: string | undefined;
  readonly tool_calls?: readonly object[] | undefined;
}

/** Who asked with a bare prompt is answered in fields of the line itself. */
export function bodyOf(message: Message, { form, losses }: Speaker): object {
  if (form !== 'generate') return { message: { role: 'assistant', ...message } };
  const { content, thinking, tool_calls } = message;
  if (tool_calls !== undefined) losses.dropped('answer', 'a prompt has no tools to call');
  return { response: content, thinking };
}

function writeMessage(blocks: readonly ReplyBlock[], as: Speaker): Message {
  const said: string[] = [];
  const thinking: string[] = [];
  const calls: object[] = [];
  for (const block of blocks) {
    switch (block.kind) {
      case 'text':
        if ((block.citations ?? []).length > 0) tellCitation(as);
        said.push(block.text);
        break;
      case 'refusal':
        said.push(block.text);
        break;
      case 'reasoning':
        if (block.seal !== undefined && block.seal.data !== '') tellSeal(as);
        thinking.push(block.text);
        break;
      case 'tool-call': {
        const id = idWithSeal(block.id ?? `call_${as.id}_${calls.length}`, block.seal);
        calls.push(writeCall(id, block.name, block.arguments, as));
        break;
      }
      case 'foreign':
        as.losses.dropped('answer', `${block.type} has no form in this dialect`);
        break;
    }
  }
  return {
    content: said.join(''),
    thinking: thinking.some((text) => text !== '') ? thinking.join('') : undefined,
    tool_calls: calls.length > 0 ? calls : undefined,
  };
}

export const tellCitation = (as: Speaker): void =>
  as.losses.dropped('answer', 'citations have no form in this dialect');

export const tellSeal = (as: Speaker): void =>
  as.losses.dropped('answer', 'what vouches for the reasoning has no form in this dialect');

export function writeCall(id: string, name: string, text: string, as: Speaker): object {
  const input = inputOf(text);
  if (input === undefined) {
    as.losses.altered('answer', 'arguments that are no JSON object came as text in one');
  }
  return { id, function: { name, arguments: input ?? { invalid_json: text } } };
}
