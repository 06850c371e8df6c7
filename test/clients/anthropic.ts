import Anthropic from '@anthropic-ai/sdk';
import type { Ask, Client, Told } from './client.ts';

function messages({ prompt, image, after }: Ask): Anthropic.MessageParam[] {
  const content: Anthropic.ContentBlockParam[] = [{ type: 'text', text: prompt }];
  if (image !== undefined) {
    content.push({
      type: 'image',
      source: { type: 'base64', media_type: 'image/png', data: image },
    });
  }
  const asked: Anthropic.MessageParam = { role: 'user', content };
  if (after === undefined) return [asked];
  return [
    asked,
    { role: 'assistant', content: after.turn as Anthropic.ContentBlockParam[] },
    {
      role: 'user',
      content: after.results.map(({ call, text }) => ({
        type: 'tool_result',
        tool_use_id: call.id,
        content: text,
      })),
    },
  ];
}

function request(ask: Ask): Anthropic.MessageCreateParamsNonStreaming {
  const { model, tools, schema, reasoning } = ask;
  return {
    model,
    max_tokens: 4000,
    messages: messages(ask),
    ...(tools === undefined
      ? {}
      : { tools: tools.map(({ name, schema: input_schema }) => ({ name, input_schema })) }),
    ...(schema === undefined
      ? {}
      : {
          output_config: {
            format: { type: 'json_schema', schema: schema as Record<string, unknown> },
          },
        }),
    ...(reasoning === true ? { thinking: { type: 'enabled', budget_tokens: 2048 } } : {}),
  };
}

function told(message: Anthropic.Message): Told {
  const { content, usage } = message;
  return {
    text: content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
    reasoning: content.map((block) => (block.type === 'thinking' ? block.thinking : '')).join(''),
    calls: content.flatMap((block) =>
      block.type === 'tool_use' ? [{ id: block.id, name: block.name, input: block.input }] : [],
    ),
    stop: message.stop_reason ?? '',
    input:
      usage.input_tokens +
      (usage.cache_read_input_tokens ?? 0) +
      (usage.cache_creation_input_tokens ?? 0),
    output: usage.output_tokens,
    turn: content,
  };
}

/** Messages by `@anthropic-ai/sdk`. */
export const anthropic: Client = {
  name: 'anthropic',
  dialect: 'anthropic',
  cannot: {},
  isOwnError: (error) => error instanceof Anthropic.APIError,
  async ask(url, apiKey, ask) {
    const client = new Anthropic({ baseURL: url, apiKey, maxRetries: 0, logLevel: 'off' });
    return told(
      ask.streamed === true
        ? await client.messages.stream(request(ask)).finalMessage()
        : await client.messages.create(request(ask)),
    );
  },
};
