import { Ollama, type ChatRequest, type ChatResponse, type Message } from 'ollama';
import type { Ask, Client, Told } from './client.ts';

function messages({ prompt, image, after }: Ask): Message[] {
  const asked: Message = {
    role: 'user',
    content: prompt,
    ...(image === undefined ? {} : { images: [image] }),
  };
  if (after === undefined) return [asked];
  return [
    asked,
    after.turn as Message,
    ...after.results.map(({ call, text }) => ({
      role: 'tool',
      content: text,
      tool_name: call.name,
      ...(call.id === '' ? {} : { tool_call_id: call.id }),
    })),
  ];
}

function request(ask: Ask): ChatRequest {
  const { model, tools, schema, reasoning } = ask;
  return {
    model,
    messages: messages(ask),
    options: { num_predict: 4000 },
    ...(tools === undefined
      ? {}
      : {
          tools: tools.map(({ name, schema: parameters }) => ({
            type: 'function',
            function: { name, parameters },
          })),
        }),
    ...(schema === undefined ? {} : { format: schema }),
    ...(reasoning === true ? { think: true } : {}),
  };
}

/** The lines of a stream as one answer. */
function joined(lines: readonly ChatResponse[]): ChatResponse | undefined {
  const last = lines.at(-1);
  if (last === undefined) return undefined;
  const message: Message = {
    role: 'assistant',
    content: lines.map((line) => line.message.content).join(''),
    thinking: lines.map((line) => line.message.thinking ?? '').join(''),
    tool_calls: lines.flatMap((line) => line.message.tool_calls ?? []),
  };
  return { ...last, message };
}

function told(answer: ChatResponse | undefined): Told {
  const message = answer?.message;
  return {
    text: message?.content ?? '',
    reasoning: message?.thinking ?? '',
    calls: (message?.tool_calls ?? []).map((call) => ({
      id: (call as { id?: string }).id ?? '',
      name: call.function.name,
      input: call.function.arguments,
    })),
    stop: answer?.done_reason ?? '',
    input: answer?.prompt_eval_count,
    output: answer?.eval_count,
    turn: message,
  };
}

/** /api/chat by `ollama`. */
export const ollama: Client = {
  name: 'ollama',
  dialect: 'ollama',
  cannot: {},
  // The class is not exported; every error of an answer is one.
  isOwnError: (error) =>
    error instanceof Error &&
    (error.name === 'ResponseError' || error.constructor.name === 'Error'),
  async ask(url, apiKey, ask) {
    const client = new Ollama({ host: url, headers: { authorization: `Bearer ${apiKey}` } });
    if (ask.streamed !== true) return told(await client.chat({ ...request(ask), stream: false }));
    const lines: ChatResponse[] = [];
    for await (const line of await client.chat({ ...request(ask), stream: true })) lines.push(line);
    return told(joined(lines));
  },
};
