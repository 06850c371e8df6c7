import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createMistral } from '@ai-sdk/mistral';
import { createOpenAI } from '@ai-sdk/openai';
import {
  AISDKError,
  generateText,
  jsonSchema,
  type LanguageModel,
  type ModelMessage,
  Output,
  streamText,
  tool,
} from 'ai';
import type { Ask, Client, Told } from './client.ts';

function messages({ prompt, image, after }: Ask): ModelMessage[] {
  const asked: ModelMessage = {
    role: 'user',
    content: [
      { type: 'text', text: prompt },
      ...(image === undefined
        ? []
        : [{ type: 'file' as const, data: image, mediaType: 'image/png' }]),
    ],
  };
  if (after === undefined) return [asked];
  return [
    asked,
    ...(after.turn as ModelMessage[]),
    {
      role: 'tool',
      content: after.results.map(({ call, text }) => ({
        type: 'tool-result',
        toolCallId: call.id,
        toolName: call.name,
        output: { type: 'text', value: text },
      })),
    },
  ];
}

type Options = Parameters<typeof generateText>[0];

function request(model: LanguageModel, ask: Ask, reasoning: Options['providerOptions']): Options {
  const { tools = [], schema } = ask;
  return {
    model,
    maxOutputTokens: 4000,
    maxRetries: 0,
    messages: messages(ask),
    ...(tools.length === 0
      ? {}
      : {
          tools: Object.fromEntries(
            tools.map(({ name, schema: input }) => [
              name,
              tool({ inputSchema: jsonSchema(input) }),
            ]),
          ),
        }),
    ...(schema === undefined ? {} : { output: Output.object({ schema: jsonSchema(schema) }) }),
    ...(ask.reasoning === true && reasoning !== undefined ? { providerOptions: reasoning } : {}),
  };
}

interface Answer {
  readonly text: string;
  readonly reasoningText: string | undefined;
  readonly toolCalls: readonly { toolCallId: string; toolName: string; input: unknown }[];
  readonly finishReason: string;
  readonly usage: { inputTokens: number | undefined; outputTokens: number | undefined };
  readonly turn: unknown;
}

async function generated(options: Options): Promise<Answer> {
  const answer = await generateText(options);
  return Object.assign(answer, { turn: answer.response.messages });
}

async function streamed(options: Options): Promise<Answer> {
  let failure: unknown;
  // It would print what fails, and go on.
  const answer = streamText({ ...options, onError: ({ error }) => void (failure ??= error) });
  await answer.consumeStream();
  if (failure !== undefined) throw failure;
  const [text, reasoningText, toolCalls, finishReason, usage, response] = await Promise.all([
    answer.text,
    answer.reasoningText,
    answer.toolCalls,
    answer.finishReason,
    answer.usage,
    answer.response,
  ]);
  return { text, reasoningText, toolCalls, finishReason, usage, turn: response.messages };
}

const told = (answer: Answer): Told => ({
  text: answer.text,
  reasoning: answer.reasoningText ?? '',
  calls: answer.toolCalls.map((call) => ({
    id: call.toolCallId,
    name: call.toolName,
    input: call.input,
  })),
  stop: answer.finishReason,
  input: answer.usage.inputTokens,
  output: answer.usage.outputTokens,
  turn: answer.turn,
});

function client(
  named: Omit<Client, 'isOwnError' | 'ask'>,
  modelOf: (url: string, apiKey: string, model: string) => LanguageModel,
  reasoning?: Options['providerOptions'],
): Client {
  return {
    ...named,
    isOwnError: (error) => AISDKError.isInstance(error),
    async ask(url, apiKey, ask) {
      const options = request(modelOf(url, apiKey, ask.model), ask, reasoning);
      return told(await (ask.streamed === true ? streamed(options) : generated(options)));
    },
  };
}

const unread = 'this provider of the SDK reads no reasoning from Chat Completions';

/** `ai` with each of its providers, whose ways of asking differ more than their dialects. */
export const aiSdk: readonly Client[] = [
  client(
    { name: 'ai with openai', dialect: 'openai-chat', cannot: { reasoning: unread } },
    (url, apiKey, model) => createOpenAI({ baseURL: `${url}/v1`, apiKey }).chat(model),
  ),
  client(
    { name: 'ai with openai responses', dialect: 'openai-responses', cannot: {} },
    (url, apiKey, model) => createOpenAI({ baseURL: `${url}/v1`, apiKey }).responses(model),
    // It asks no model for reasoning whose name it does not know, unless it is made to.
    { openai: { reasoningEffort: 'low', reasoningSummary: 'auto', forceReasoning: true } },
  ),
  client(
    { name: 'ai with anthropic', dialect: 'anthropic', cannot: {} },
    (url, apiKey, model) => createAnthropic({ baseURL: `${url}/v1`, apiKey })(model),
    { anthropic: { thinking: { type: 'enabled', budgetTokens: 2048 } } },
  ),
  client(
    { name: 'ai with google', dialect: 'gemini', cannot: {} },
    (url, apiKey, model) => createGoogleGenerativeAI({ baseURL: `${url}/v1beta`, apiKey })(model),
    { google: { thinkingConfig: { thinkingBudget: 2048, includeThoughts: true } } },
  ),
  client(
    { name: 'ai with mistral', dialect: 'openai-chat', cannot: {} },
    (url, apiKey, model) => createMistral({ baseURL: `${url}/mistral/v1`, apiKey })(model),
    { mistral: { reasoningEffort: 'high' } },
  ),
];
