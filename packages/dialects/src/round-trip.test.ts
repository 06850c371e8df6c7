import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DialectName, parseJson, profileOf, readIntent, translate } from './index.ts';

/** A conversation that goes to another dialect and comes back means what it meant. */

const others: readonly DialectName[] = [
  'openai-responses',
  'anthropic',
  'gemini',
  'bedrock',
  'ollama',
];

/** White space at an end is not kept everywhere, and means nothing. */
const words = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  .map((text) => text.replaceAll(/[\s\p{C}]/gu, '') || 'x');

/** Of several kilobytes when it is unlucky; no number that JSON itself cannot keep. */
const input = fc
  .dictionary(words, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 })
  .map((value) => JSON.stringify(value));

const png = 'data:image/png;base64,iVBORw0KGgo=';
const user = fc.record({ text: words, hasImage: fc.boolean() }).map(({ text, hasImage }) => ({
  role: 'user',
  content: hasImage
    ? [
        { type: 'text', text },
        { type: 'image_url', image_url: { url: png } },
      ]
    : text,
}));

const call = fc.record({ name: fc.constantFrom('get_weather', 'put', 'x9'), input, result: words });

/** What a model said, and what its tools gave, in an order of their own. */
const spoken = fc
  .record({ text: fc.option(words), calls: fc.array(call, { maxLength: 3 }), turn: fc.nat() })
  .map(({ text, calls, turn }) => {
    const ids = calls.map((_, index) => `call_${turn}_${index}`);
    const said = {
      role: 'assistant',
      content: text ?? (calls.length === 0 ? 'x' : null),
      ...(calls.length === 0
        ? {}
        : {
            tool_calls: calls.map(({ name, input: told }, i) => ({
              id: ids[i],
              type: 'function',
              function: { name, arguments: told },
            })),
          }),
    };
    const results = calls.map(({ result }, i) => ({
      role: 'tool',
      tool_call_id: ids[i],
      content: result,
    }));
    return [said, ...(turn % 2 === 0 ? results : results.toReversed())];
  });

const conversation = fc
  .record({
    system: fc.option(words),
    turns: fc.array(fc.tuple(user, spoken), { maxLength: 4 }),
    last: user,
    maxTokens: fc.integer({ min: 16, max: 4000 }),
    temperature: fc.option(fc.constantFrom(0, 0.25, 1)),
    required: fc.boolean(),
  })
  .map(({ system, turns, last, maxTokens, temperature, required }) => ({
    model: 'chat',
    max_tokens: maxTokens,
    ...(temperature === null ? {} : { temperature }),
    messages: [
      ...(system === null ? [] : [{ role: 'system', content: system }]),
      ...turns.flatMap(([asked, said]) => [asked, ...said]),
      last,
    ],
    tools: ['get_weather', 'put', 'x9'].map((name) => ({
      type: 'function',
      function: {
        name,
        description: `does ${name}`,
        parameters: { type: 'object', properties: { place: { type: 'string' } } },
      },
    })),
    ...(required ? { tool_choice: 'required' } : {}),
  }));

/** What is said by whom, in turns; calls are told apart by their order alone. */
function meaning(dialect: DialectName, body: unknown): unknown {
  const { turns, tools, params } = readIntent(dialect, { body, model: 'chat', stream: false });
  const calls: string[] = [];
  const told: { role: string; said: unknown[] }[] = [];
  for (const { role, blocks } of turns) {
    const said = blocks.map((block) => {
      if (block.kind === 'tool-call') {
        calls.push(block.id);
        return { call: block.name, input: JSON.parse(block.arguments || '{}') as unknown };
      }
      if (block.kind === 'tool-result') {
        const text = block.content.map((part) => (part.kind === 'text' ? part.text : part.kind));
        return { result: text.join(''), of: calls.lastIndexOf(block.id) };
      }
      return block.kind === 'text' ? { text: block.text } : { kind: block.kind };
    });
    const last = told.at(-1);
    if (last?.role === role) last.said.push(...said);
    else told.push({ role, said });
  }
  const { maxTokens, temperature } = params;
  const declared = tools.map((tool) =>
    tool.kind === 'function' ? [tool.name, tool.description, tool.schema] : [],
  );
  return { told: told.map(sorted), declared, maxTokens, temperature };
}

/** Results of one turn may come in any order: each says what it answers. */
function sorted({ role, said }: { role: string; said: unknown[] }): unknown {
  const order = (one: unknown) =>
    typeof one === 'object' && one !== null && 'of' in one ? Number(one.of) : 1e6;
  return { role, said: said.toSorted((a, b) => order(a) - order(b)) };
}

const profile = profileOf(new URL('https://x.example/'), 'm');

function sent(from: DialectName, to: DialectName, body: unknown): unknown {
  const intent = readIntent(from, { body, model: 'chat', stream: false });
  const addressee = { model: 'm', origin: `${to}/p`, profile };
  return parseJson(translate(intent, to, addressee, { model: 'chat', id: 'r', created: 0 }).body);
}

describe('a conversation', () => {
  it.each(others)('means the same after a way to %s and back', (to) => {
    fc.assert(
      fc.property(conversation, (body) => {
        const there = sent('openai-chat', to, body);
        const back = sent(to, 'openai-chat', there);
        const meant = meaning('openai-chat', body);
        expect(meaning(to, there)).toEqual(meant);
        expect(meaning('openai-chat', back)).toEqual(meant);
      }),
      { numRuns: 100 },
    );
  });
});
