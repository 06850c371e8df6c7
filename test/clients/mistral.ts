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
  const { model, tools, schema } = ask;
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
  };
}

const textOf = (content: string | readonly ContentChunk[] | null | undefined): string =>
  typeof content === 'string'
    ? content
    : (content ?? []).map((chunk) => (chunk.type === 'text' ? chunk.text : '')).join('');

/** The pieces of a stream as one message, which this SDK leaves to its callers. */
function joined(events: readonly CompletionEvent[]): ChatCompletionResponse {
  const calls = new Map<number, ToolCall>();
  let [text, finishReason, usage] = ['', '', {} as UsageInfo];
  for (const { data } of events) {
    usage = data.usage ?? usage;
    const [choice] = data.choices;
    finishReason = choice?.finishReason ?? finishReason;
    text += textOf(choice?.delta.content);
    for (const piece of choice?.delta.toolCalls ?? []) {
      const index = piece.index ?? 0;
      const call = calls.get(index);
      const given = (call?.function.arguments ?? '') as string;
      calls.set(index, {
        ...piece,
        id: call?.id ?? piece.id ?? '',
        function: {
          name: call?.function.name ?? piece.function.name,
          arguments: given + (piece.function.arguments as string),
        },
      });
    }
  }
  const message = { role: 'assistant' as const, content: text, toolCalls: [...calls.values()] };
  const choices = [{ index: 0, finishReason: finishReason as 'stop', message }];
  return { id: '', object: '', model: '', created: 0, usage, choices };
}

function told({ choices, usage }: ChatCompletionResponse): Told {
  const [choice] = choices;
  const message = choice?.message;
  return {
    text: textOf(message?.content),
    reasoning: '',
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

/** Mistral tells it without being asked, and so neither of its clients can ask. */
export const unasked = 'Chat Completions tell it when asked to, and it has no way to ask';

/** Chat by `@mistralai/mistralai`, on the path where OpenAI's shape is answered. */
export const mistral: Client = {
  name: '@mistralai/mistralai',
  dialect: 'openai-chat',
  deafToStreamedUsage: unasked,
  cannot: {
    reasoning: 'it has no name for the field in which Chat Completions bring reasoning',
    'parallel tools streamed':
      'it demands a name in every piece of a call, and Chat Completions tell it in the first alone',
  },
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
