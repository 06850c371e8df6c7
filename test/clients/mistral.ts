import { Mistral } from '@mistralai/mistralai';
import type {
  AssistantMessage,
  ChatCompletionRequest,
  ChatCompletionResponse,
  CompletionEvent,
  ContentChunk,
  ToolCall,
  UsageInfo,
} from '@mistralai/mistralai/models/components';
import { MistralError, SDKValidationError } from '@mistralai/mistralai/models/errors';
import type { Ask, Client, Told } from './client.ts';

type Messages = ChatCompletionRequest['messages'];

function messages({ prompt, image, after }: Ask): Messages {
  const content: ContentChunk[] = [{ type: 'text', text: prompt }];
  if (image !== undefined) {
    content.push({ type: 'image_url', imageUrl: `data:image/png;base64,${image}` });
  }
  const asked = { role: 'user' as const, content };
  if (after === undefined) return [asked];
  return [
    asked,
    { ...(after.turn as AssistantMessage), role: 'assistant' as const },
    ...after.results.map(({ call, text }) => ({
      role: 'tool' as const,
      toolCallId: call.id,
      name: call.name,
      content: text,
    })),
  ];
}

function request(ask: Ask): ChatCompletionRequest {
  const { model, tools, schema, reasoning } = ask;
  return {
    model,
    maxTokens: 4000,
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
          responseFormat: {
            type: 'json_schema' as const,
            jsonSchema: { name: 'answer', schemaDefinition: schema },
          },
        }),
    ...(reasoning === true ? { reasoningEffort: 'high' } : {}),
  };
}

type Content = string | readonly ContentChunk[] | null | undefined;

const thoughtOf = (content: Content): string =>
  typeof content === 'string'
    ? ''
    : (content ?? [])
        .flatMap((chunk) => (chunk.type === 'thinking' ? chunk.thinking : []))
        .map((chunk) => (chunk.type === 'text' ? chunk.text : ''))
        .join('');

const textOf = (content: Content): string =>
  typeof content === 'string'
    ? content
    : (content ?? []).map((chunk) => (chunk.type === 'text' ? chunk.text : '')).join('');

/** The pieces of a stream as one message, which this SDK leaves to its callers. */
function joined(events: readonly CompletionEvent[]): ChatCompletionResponse {
  const calls: ToolCall[] = [];
  let [text, thought, finishReason, usage] = ['', '', '', {} as UsageInfo];
  for (const { data } of events) {
    usage = data.usage ?? usage;
    const [choice] = data.choices;
    finishReason = choice?.finishReason ?? finishReason;
    text += textOf(choice?.delta.content);
    thought += thoughtOf(choice?.delta.content);
    calls.push(...(choice?.delta.toolCalls ?? []));
  }
  const content: ContentChunk[] = [
    { type: 'thinking', thinking: [{ type: 'text', text: thought }] },
    { type: 'text', text },
  ];
  const message = { role: 'assistant' as const, content, toolCalls: calls };
  const choices = [{ index: 0, finishReason: finishReason as 'stop', message }];
  return { id: '', object: '', model: '', created: 0, usage, choices };
}

function told({ choices, usage }: ChatCompletionResponse): Told {
  const [choice] = choices;
  const message = choice?.message;
  return {
    text: textOf(message?.content),
    reasoning: thoughtOf(message?.content),
    calls: (message?.toolCalls ?? []).map((call) => ({
      id: call.id ?? '',
      name: call.function.name,
      input: JSON.parse(call.function.arguments as string) as unknown,
    })),
    stop: choice?.finishReason ?? '',
    input: usage.promptTokens,
    output: usage.completionTokens,
    turn: message,
  };
}

/** Chat by `@mistralai/mistralai`, on OpenAI's path, and in Mistral's shape by its name. */
export const mistral: Client = {
  name: '@mistralai/mistralai',
  dialect: 'openai-chat',
  cannot: {},
  isOwnError: (error) =>
    error instanceof MistralError ||
    (error instanceof Error && !(error instanceof SDKValidationError)),
  async ask(url, apiKey, ask) {
    const client = new Mistral({ serverURL: url, apiKey, retryConfig: { strategy: 'none' } });
    if (ask.streamed !== true) return told(await client.chat.complete(request(ask)));
    const events: CompletionEvent[] = [];
    for await (const event of await client.chat.stream({ ...request(ask), stream: true })) {
      events.push(event);
    }
    return told(joined(events));
  },
};
