import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { KEY, testGateway } from '../harness/gateway.ts';
import { answerJson, Upstream } from '../harness/upstream.ts';

describe('log probabilities', () => {
  it('of Gemini reach a caller of OpenAI who asks for them', async () => {
    const upstream = await Upstream.start('google', (_, response) => {
      const told = { token: 'Yes', logProbability: -0.25 };
      answerJson(response, 200, {
        candidates: [
          {
            content: { role: 'model', parts: [{ text: 'Yes' }] },
            finishReason: 'STOP',
            logprobsResult: {
              chosenCandidates: [told],
              topCandidates: [{ candidates: [told, { token: 'No', logProbability: -1.5 }] }],
            },
          },
        ],
      });
    });
    const gateway = await testGateway({
      config: `providers: [{ name: gemini, dialect: gemini, baseUrl: "${upstream.url}", private: true }]
models: [{ name: chat, targets: [{ provider: gemini, model: gemini-2.5-flash }] }]
keys: [{ name: client, secret: ${KEY} }]`,
    });
    const client = new OpenAI({ apiKey: KEY, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
    const { data, response } = await client.chat.completions
      .create({
        model: 'chat',
        messages: [{ role: 'user', content: 'Is the sea wet?' }],
        logprobs: true,
        top_logprobs: 2,
      })
      .withResponse();
    expect(response.headers.get('x-vitalgate-warnings')).toBeNull();
    expect(JSON.parse(upstream.calls[0]?.body.toString() ?? '{}')).toMatchObject({
      generationConfig: { responseLogprobs: true, logprobs: 2 },
    });
    const yes = { token: 'Yes', logprob: -0.25, bytes: [89, 101, 115] };
    expect(data.choices[0]?.logprobs?.content).toEqual([
      { ...yes, top_logprobs: [yes, { token: 'No', logprob: -1.5, bytes: [78, 111] }] },
    ]);
  });
});
