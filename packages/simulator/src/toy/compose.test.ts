import { describe, expect, it } from 'vitest';
import type { Ask } from './ask.ts';
import { compose } from './compose.ts';
import { countTokens } from './tokens.ts';

const ask: Ask = {
  model: 'm',
  userText: 'Tell me of the harbour.',
  toolResults: [],
  attachments: [],
  tools: [],
  toolChoice: 'none',
  parallelTools: true,
  speaksBeforeTools: false,
  format: 'text',
  maxTokens: undefined,
  stop: [],
  reasoning: 'none',
  variation: '',
};

describe('compose', () => {
  it('labels its text and quotes the question', () => {
    expect(compose(ask, '1').text).toMatch(
      /^\[simulated\] You said “Tell me of the harbour.”\. \S/,
    );
  });

  it('says the same again for the same seed, and something else for another', () => {
    expect(compose(ask, '1')).toEqual(compose(ask, '1'));
    const others = [
      compose(ask, '2'),
      compose({ ...ask, userText: 'Tell me of the light.' }, '1'),
      compose({ ...ask, model: 'n' }, '1'),
      compose({ ...ask, variation: '2' }, '1'),
    ];
    const endings = [compose(ask, '1'), ...others].map(({ text }) => text.split('”. ')[1]);
    expect(new Set(endings).size).toBe(5);
  });

  it('tells of what came along, and of what tools answered', () => {
    const attachments = ['image', 'image', 'file'];
    expect(compose({ ...ask, attachments }, '1').text).toContain(
      'You sent 2 images. You sent 1 file.',
    );
    const answered = compose({ ...ask, toolResults: ['rain', '12 °C'] }, '1').text;
    expect(answered).toContain('The tools answered “rain” and “12 °C”.');
  });

  it('quotes the beginning of a long question without breaking a character', () => {
    const { text } = compose({ ...ask, userText: `${'🚢'.repeat(100)} sails` }, '1');
    expect(text).toContain(`You said “${'🚢'.repeat(80)}…”.`);
  });

  it('stops at the limit', () => {
    const whole = compose(ask, '1');
    const cut = compose({ ...ask, maxTokens: 10 }, '1');
    expect(cut).toMatchObject({ end: 'length', outputTokens: 10 });
    expect(whole.text.startsWith(cut.text)).toBe(true);
    const exact = compose({ ...ask, maxTokens: whole.outputTokens }, '1');
    expect(exact).toMatchObject({ end: 'finished', text: whole.text });
  });

  it('stops before the first stop sequence', () => {
    const stop = ['said', 'You', 'harbour', 'nowhere'];
    expect(compose({ ...ask, stop }, '1')).toMatchObject({
      text: '[simulated] ',
      end: 'stop-sequence',
      stopSequence: 'You',
    });
    expect(compose({ ...ask, stop: ['nowhere'] }, '1')).toMatchObject({
      end: 'finished',
      stopSequence: undefined,
    });
  });

  it('counts reasoning within the limit', () => {
    const low = compose({ ...ask, reasoning: 'low' }, '1');
    const high = compose({ ...ask, reasoning: 'high' }, '1');
    expect(low.reasoning).toMatch(/^\[simulated\] The question is/);
    expect(low.reasoningTokens).toBe(countTokens(low.reasoning));
    expect(low.outputTokens).toBe(low.reasoningTokens + countTokens(low.text));
    expect(high.reasoningTokens).toBeGreaterThan(low.reasoningTokens);
    const spent = compose({ ...ask, reasoning: 'high', maxTokens: 20 }, '1');
    expect(spent).toMatchObject({ text: '', end: 'length', outputTokens: 20, reasoningTokens: 20 });
  });

  it('writes JSON when asked to', () => {
    const any: unknown = JSON.parse(compose({ ...ask, format: 'json' }, '1').text);
    expect(any).toMatchObject({ simulated: true, answer: expect.stringContaining('[simulated] ') });
    const schema = { type: 'object', properties: { count: { type: 'integer', minimum: 900 } } };
    const shaped: unknown = JSON.parse(compose({ ...ask, format: { schema } }, '1').text);
    expect(shaped).toEqual({ count: expect.any(Number) });
  });

  it('writes as much as a fault wants', () => {
    for (const bytes of [200, 100_000]) {
      expect(Buffer.byteLength(compose(ask, '1', bytes).text)).toBe(bytes);
    }
    expect(compose(ask, '1', 1).text).toMatch(/^\[simulated\] You said “[^”]*”\. $/);
  });

  it('does not call a tool that does not fit into the limit', () => {
    const tools = [{ name: 'look', parameters: undefined }];
    const asked = { ...ask, tools, toolChoice: 'required' as const };
    expect(compose(asked, '1')).toMatchObject({ end: 'tool-calls', calls: [{ name: 'look' }] });
    expect(compose({ ...asked, maxTokens: 1 }, '1')).toMatchObject({
      end: 'length',
      calls: [],
      outputTokens: 1,
    });
  });
});
