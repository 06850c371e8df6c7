import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { chatConfig, post, testGateway } from '../harness/gateway.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

const units = 1024 ** 2;
const sentence = 'write to a@b.de about AKIA and 4111 1111 ';

type Content = string | readonly object[];

/** Bodies that take hundreds of milliseconds to be read. */
const large: Readonly<Record<string, readonly Content[]>> = {
  'one long text': [sentence.repeat(units / sentence.length)],
  // Each of them short enough to be read at once.
  'many texts': Array.from({ length: 64 }, () => sentence.repeat(units / 64 / sentence.length)),
  'a word without end': ['QUJD'.repeat(units / 4)],
  // Each with a seam to the next.
  'parts of a letter': [Array.from({ length: 20_000 }, () => ({ type: 'text', text: 'a' }))],
};

it.each(Object.entries(large))(
  'MG10: of %s, others are served between two pieces',
  async (_name, texts) => {
    const upstream = await Upstream.start('only', answerWell);
    const gateway = await testGateway({
      config: chatConfig(
        'openai-chat',
        [upstream],
        'guardrails: [{ name: all, detect: [pii, secrets, invisible, attacks, injection], action: flag }]',
      ),
    });
    const asking = (...contents: readonly Content[]) =>
      post(gateway.url, '/v1/chat/completions', {
        model: 'chat',
        messages: contents.map((content) => ({ role: 'user', content })),
      });

    // The gateway is in this process: a turn of the loop is one that others could have had.
    let turns = 0;
    const order: string[] = [];
    const note = (name: string) => async (answer: Response) => {
      order.push(name);
      expect([name, answer.status, await answer.text()]).toEqual([name, 200, expect.anything()]);
    };
    await asking('hello').then(note('first'));
    const reading = asking(...texts).then(note('long'));
    const others = Array.from({ length: 5 }, (_, i) => asking('hello').then(note(`short ${i}`)));
    for (; !order.includes('long'); turns += 1) await setImmediate();
    await Promise.all([reading, ...others]);
    expect(order.at(-1)).toBe('long');
    expect(turns).toBeGreaterThan(30);
  },
);
