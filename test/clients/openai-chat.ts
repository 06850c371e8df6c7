import OpenAI from 'openai';
import type { Ask, Client, Told } from './client.ts';

type Message = OpenAI.ChatCompletionMessageParam;
/** What reasoning servers add to OpenAI's own message. */
type Reasoned = OpenAI.ChatCompletionMessage & { reasoning_content?: string };

function messages({ prompt, image, after }: Ask): Message[] {
  const content: OpenAI.ChatCompletionContentPart[] = [{ type: 'text', text: prompt }];
  if (image !== undefined) {
    content.push({ type: 'image_url', image_url: { url: `data:image/png;base64,${image}` } });
  }
  const asked: Message = { role: 'user', content };
  if (after === undefined) return [asked];
  return [
    asked,
    after.turn as Message,
    ...after.results.map(({ call, text }): Message => ({
      role: 'tool',
      tool_call_id: call.id,
      content: text,
    })),
  ];
}

function request(ask: Ask): OpenAI.ChatCompletionCreateParamsNonStreaming {
  const { model, tools, schema, reasoning } = ask;
  return {
    model,
    max_completion_tokens: 4000,
    messages: messages(ask),
    ...(tools === undefined
      ? {}
      : {
          tools: tools.map(({ name, schema: parameters }) => ({
            type: 'function' as const,
            function: { name, parameters },
          })),
        }),
    ...(schema === undefined
      ? {}
      : {
          response_format: {
            type: 'json_schema',
            json_schema: { name: 'answer', schema: schema as Record<string, unknown> },
          },
        }),
    ...(reasoning === true ? { reasoning_effort: 'low' } : {}),
  };
}

function told(answer: OpenAI.ChatCompletion): Told {
  const [choice] = answer.choices;
  const message = choice?.message as Reasoned;
  return {
    text: message.content ?? '',
    reasoning: message.reasoning_content ?? '',
    calls: (message.tool_calls ?? []).flatMap((call) =>
      call.type === 'function'
        ? [
            {
              id: call.id,
              name: call.function.name,
              input: JSON.parse(call.function.arguments) as unknown,
            },
          ]
        : [],
    ),
    stop: choice?.finish_reason ?? '',
    input: answer.usage?.prompt_tokens,
    output: answer.usage?.completion_tokens,
    turn: message,
  };
}

/** Chat Completions by `openai`. */
export const openaiChat: Client = {
  name: 'openai chat',
  dialect: 'openai-chat',
  cannot: {},
  isOwnError: (error) => error instanceof OpenAI.APIError,
  async ask(url, apiKey, ask) {
    const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0, logLevel: 'off' });
    if (ask.streamed !== true) return told(await openai.chat.completions.create(request(ask)));
    const stream_options = { include_usage: true };
    const stream = openai.chat.completions.stream({
      ...request(ask),
      stream: true,
      stream_options,
    });
    let reasoning = '';
    for await (const { choices } of stream) {
      const delta = choices[0]?.delta as { reasoning_content?: string } | undefined;
      reasoning += delta?.reasoning_content ?? '';
    }
    return { ...told(await stream.finalChatCompletion()), reasoning };
  },
};
