import {
  BedrockRuntimeClient,
  BedrockRuntimeServiceException,
  type ContentBlock,
  ConverseCommand,
  type ConverseCommandInput,
  type ConverseCommandOutput,
  ConverseStreamCommand,
  type ConverseStreamOutput,
  type Message,
} from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Ask, Client, Told } from './client.ts';

/** A JSON document, as the SDK calls it. */
type Document = NonNullable<ConverseCommandInput['additionalModelRequestFields']>;

function messages({ prompt, image, after }: Ask): Message[] {
  const content: ContentBlock[] = [{ text: prompt }];
  if (image !== undefined) {
    content.push({ image: { format: 'png', source: { bytes: Buffer.from(image, 'base64') } } });
  }
  const asked: Message = { role: 'user', content };
  if (after === undefined) return [asked];
  return [
    asked,
    after.turn as Message,
    {
      role: 'user',
      content: after.results.map(({ call, text }) => ({
        toolResult: { toolUseId: call.id, content: [{ text }] },
      })),
    },
  ];
}

function request(ask: Ask): ConverseCommandInput {
  const { model, tools, schema, reasoning } = ask;
  return {
    modelId: model,
    inferenceConfig: { maxTokens: 4000 },
    messages: messages(ask),
    ...(tools === undefined
      ? {}
      : {
          toolConfig: {
            tools: tools.map(({ name, schema: json }) => ({
              toolSpec: { name, inputSchema: { json: json as Document } },
            })),
          },
        }),
    ...(schema === undefined
      ? {}
      : {
          outputConfig: {
            textFormat: {
              type: 'json_schema',
              structure: { jsonSchema: { name: 'answer', schema: JSON.stringify(schema) } },
            },
          },
        }),
    ...(reasoning === true
      ? { additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 2048 } } }
      : {}),
  };
}

interface Block {
  text: string;
  reasoning: string;
  signature: string;
  input: string;
  use: { toolUseId?: string | undefined; name?: string | undefined } | undefined;
}

/** The events of a stream as one answer, which this SDK leaves to its callers. */
function joined(events: readonly ConverseStreamOutput[]): Omit<ConverseCommandOutput, '$metadata'> {
  const blocks: Block[] = [];
  const at = (index = 0): Block =>
    (blocks[index] ??= { text: '', reasoning: '', signature: '', input: '', use: undefined });
  for (const { contentBlockStart: start, contentBlockDelta: told } of events) {
    if (start?.start?.toolUse !== undefined) at(start.contentBlockIndex).use = start.start.toolUse;
    const block = told === undefined ? undefined : at(told.contentBlockIndex);
    if (block === undefined) continue;
    block.text += told?.delta?.text ?? '';
    block.reasoning += told?.delta?.reasoningContent?.text ?? '';
    block.signature += told?.delta?.reasoningContent?.signature ?? '';
    block.input += told?.delta?.toolUse?.input ?? '';
  }
  const content = blocks.map(({ use, input, reasoning, signature, text }): ContentBlock => {
    if (use !== undefined) {
      const { toolUseId, name } = use;
      return { toolUse: { toolUseId, name, input: JSON.parse(input || '{}') as Document } };
    }
    if (reasoning === '') return { text };
    return { reasoningContent: { reasoningText: { text: reasoning, signature } } };
  });
  return {
    output: { message: { role: 'assistant', content } },
    stopReason: events.find((one) => one.messageStop !== undefined)?.messageStop?.stopReason,
    usage: events.find((one) => one.metadata !== undefined)?.metadata?.usage,
    metrics: undefined,
  };
}

/** What is backed by sources stands in a block of its own. */
const textOf = ({ text, citationsContent }: ContentBlock): string =>
  text ?? citationsContent?.content?.map((part) => part.text ?? '').join('') ?? '';

function told({ output, stopReason, usage }: Omit<ConverseCommandOutput, '$metadata'>): Told {
  const content = output?.message?.content ?? [];
  return {
    text: content.map(textOf).join(''),
    reasoning: content.map((block) => block.reasoningContent?.reasoningText?.text ?? '').join(''),
    calls: content.flatMap(({ toolUse: use }) =>
      use === undefined
        ? []
        : [{ id: use.toolUseId ?? '', name: use.name ?? '', input: use.input }],
    ),
    stop: stopReason ?? '',
    input:
      (usage?.inputTokens ?? 0) +
      (usage?.cacheReadInputTokens ?? 0) +
      (usage?.cacheWriteInputTokens ?? 0),
    output: usage?.outputTokens,
    turn: output?.message,
  };
}

/** Converse by `@aws-sdk/client-bedrock-runtime`, with a key in place of a signature. */
export const bedrock: Client = {
  name: '@aws-sdk/client-bedrock-runtime',
  dialect: 'bedrock',
  cannot: {},
  isOwnError: (error) => error instanceof BedrockRuntimeServiceException,
  async ask(url, key, ask) {
    const client = new BedrockRuntimeClient({
      endpoint: url,
      region: 'us-east-1',
      token: { token: key },
      authSchemePreference: ['httpBearerAuth'],
      maxAttempts: 1,
      // Its own is HTTP/2 alone, which no clear-text port of the gateway speaks.
      requestHandler: new NodeHttpHandler(),
    });
    if (ask.streamed !== true) return told(await client.send(new ConverseCommand(request(ask))));
    const { stream } = await client.send(new ConverseStreamCommand(request(ask)));
    const events: ConverseStreamOutput[] = [];
    for await (const event of stream ?? []) events.push(event);
    return told(joined(events));
  },
};
