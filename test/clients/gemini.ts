import {
  ApiError,
  type Content,
  GoogleGenAI,
  type GenerateContentParameters,
  type GenerateContentResponse,
  type Part,
} from '@google/genai';
import type { Ask, Client, Told } from './client.ts';

function contents({ prompt, image, after }: Ask): Content[] {
  const parts: Part[] = [{ text: prompt }];
  if (image !== undefined) parts.push({ inlineData: { mimeType: 'image/png', data: image } });
  const asked: Content = { role: 'user', parts };
  if (after === undefined) return [asked];
  return [
    asked,
    after.turn as Content,
    {
      role: 'user',
      parts: after.results.map(({ call, text }) => ({
        functionResponse: { id: call.id, name: call.name, response: { output: text } },
      })),
    },
  ];
}

function request(ask: Ask): GenerateContentParameters {
  const { model, tools, schema, reasoning } = ask;
  return {
    model,
    contents: contents(ask),
    config: {
      maxOutputTokens: 4000,
      ...(tools === undefined
        ? {}
        : {
            tools: [
              {
                functionDeclarations: tools.map(({ name, schema: parametersJsonSchema }) => ({
                  name,
                  parametersJsonSchema,
                })),
              },
            ],
          }),
      ...(schema === undefined
        ? {}
        : { responseMimeType: 'application/json', responseJsonSchema: schema }),
      ...(reasoning === true
        ? { thinkingConfig: { thinkingBudget: 2048, includeThoughts: true } }
        : {}),
    },
  };
}

/** The pieces of a stream as one answer, which this SDK leaves to its callers. */
function joined(pieces: readonly GenerateContentResponse[]): GenerateContentResponse | undefined {
  const last = pieces.at(-1);
  if (last === undefined) return undefined;
  const parts = pieces.flatMap((piece) => piece.candidates?.[0]?.content?.parts ?? []);
  const finishReason = pieces
    .map((piece) => piece.candidates?.[0]?.finishReason)
    .findLast((one) => one !== undefined);
  const told = pieces.map((piece) => piece.usageMetadata).findLast((one) => one !== undefined);
  return Object.assign(last, {
    candidates: [{ content: { role: 'model', parts }, finishReason }],
    usageMetadata: told,
  });
}

function told(answer: GenerateContentResponse | undefined): Told {
  const candidate = answer?.candidates?.[0];
  const parts = candidate?.content?.parts ?? [];
  const usage = answer?.usageMetadata;
  const text = (isThought: boolean) =>
    parts.map((part) => ((part.thought === true) === isThought ? (part.text ?? '') : '')).join('');
  const said = usage?.candidatesTokenCount;
  return {
    text: text(false),
    reasoning: text(true),
    calls: parts.flatMap(({ functionCall: call }) =>
      call === undefined ? [] : [{ id: call.id ?? '', name: call.name ?? '', input: call.args }],
    ),
    stop: candidate?.finishReason ?? answer?.promptFeedback?.blockReason ?? '',
    input: usage?.promptTokenCount,
    output: said === undefined ? undefined : said + (usage?.thoughtsTokenCount ?? 0),
    turn: candidate?.content,
  };
}

/** generateContent by `@google/genai`. */
export const gemini: Client = {
  name: '@google/genai',
  dialect: 'gemini',
  cannot: {},
  isOwnError: (error) => error instanceof ApiError,
  async ask(url, apiKey, ask) {
    const ai = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: url } });
    if (ask.streamed !== true) return told(await ai.models.generateContent(request(ask)));
    const pieces: GenerateContentResponse[] = [];
    for await (const piece of await ai.models.generateContentStream(request(ask)))
      pieces.push(piece);
    return told(joined(pieces));
  },
};
