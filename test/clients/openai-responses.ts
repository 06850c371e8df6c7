import OpenAI from 'openai';
import type { Ask, Client, Told } from './client.ts';

type Items = OpenAI.Responses.ResponseInput;

function input({ prompt, image, after }: Ask): Items {
  const content: OpenAI.Responses.ResponseInputMessageContentList = [
    { type: 'input_text', text: prompt },
  ];
  if (image !== undefined) {
    const image_url = `data:image/png;base64,${image}`;
    content.push({ type: 'input_image', image_url, detail: 'auto' });
  }
  const asked: Items = [{ type: 'message', role: 'user', content }];
  if (after === undefined) return asked;
  return [
    ...asked,
    ...(after.turn as Items),
    ...after.results.map(({ call, text }) => ({
      type: 'function_call_output' as const,
      call_id: call.id,
      output: text,
    })),
  ];
}

function request(ask: Ask): OpenAI.Responses.ResponseCreateParams {
  const { model, tools, schema, reasoning } = ask;
  return {
    model,
    store: false,
    max_output_tokens: 4000,
    input: input(ask),
    ...(tools === undefined
      ? {}
      : {
          tools: tools.map(({ name, schema: parameters }) => ({
            type: 'function' as const,
            name,
            parameters,
            strict: false,
          })),
        }),
    ...(schema === undefined
      ? {}
      : {
          text: {
            format: {
              type: 'json_schema' as const,
              name: 'answer',
              schema: schema as Record<string, unknown>,
            },
          },
        }),
    ...(reasoning === true
      ? {
          reasoning: { effort: 'low', summary: 'auto' },
          include: ['reasoning.encrypted_content'],
        }
      : {}),
  };
}

function told(response: OpenAI.Responses.Response): Told {
  const { output, usage } = response;
  return {
    text: output
      .flatMap((item) => (item.type === 'message' ? item.content : []))
      .map((part) => (part.type === 'output_text' ? part.text : part.refusal))
      .join(''),
    reasoning: output
      .flatMap((item) => (item.type === 'reasoning' ? item.summary : []))
      .map(({ text }) => text)
      .join(''),
    calls: output.flatMap((item) =>
      item.type === 'function_call'
        ? [{ id: item.call_id, name: item.name, input: JSON.parse(item.arguments) as unknown }]
        : [],
    ),
    stop: response.incomplete_details?.reason ?? response.status ?? '',
    input: usage?.input_tokens,
    output: usage?.output_tokens,
    turn: output,
  };
}

/** Responses by `openai`, which builds its own picture of a stream and tells when it cannot. */
export const openaiResponses: Client = {
  name: 'openai responses',
  dialect: 'openai-responses',
  cannot: {},
  isOwnError: (error) => error instanceof OpenAI.APIError,
  async ask(url, apiKey, ask) {
    const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0, logLevel: 'off' });
    if (ask.streamed !== true) {
      return told((await openai.responses.create(request(ask))) as OpenAI.Responses.Response);
    }
    const stream = openai.responses.stream({ ...request(ask), stream: true });
    let last: OpenAI.Responses.Response | undefined;
    for await (const event of stream) {
      if (event.type === 'response.completed' || event.type === 'response.incomplete')
        last = event.response;
    }
    const built = await stream.finalResponse();
    const read = told(built);
    // What was built from the pieces is what the last event repeats.
    const whole = last === undefined ? read : told(last);
    return { ...read, turn: whole.turn };
  },
};
