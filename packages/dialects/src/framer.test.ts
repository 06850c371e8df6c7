import { describe, expect, it } from 'vitest';
import { framerOf } from './framer.ts';

const told = { choices: [{ index: 0, delta: { content: 'a secret' } }] };
const lines = `${JSON.stringify(told, null, 2).replaceAll(/^/gm, 'data: ')}\n\n`;

describe('an event whose JSON stands in several data lines', () => {
  it.each([lines, lines.replaceAll('\n', '\r\n'), `event: message\n${lines}`])(
    'is one text that can be read and changed',
    (event) => {
      const framer = framerOf('openai-chat');
      const bytes = Buffer.from(event);
      const frames = [...bytes.keys()].flatMap((at) => framer.push(bytes.subarray(at, at + 1)));
      expect(frames).toHaveLength(1);
      for (const frame of frames) {
        expect(frame.json).toHaveLength(1);
        const [start, end] = frame.json[0] ?? [0, 0];
        expect(JSON.parse(frame.bytes.toString('utf8', start, end))).toEqual(told);
        const at = frame.bytes.indexOf('"a secret"');
        const changed = framer.edit(frame, [{ start: at, end: at + 10, json: '"***"' }]);
        expect(changed.toString()).toMatch(
          /\ndata: \{ +"choices".*"\*\*\*".*\}\r?\n\r?\n$|^data: \{ /s,
        );
      }
    },
  );

  it('is left as it is where it is no JSON', () => {
    const event = Buffer.from('data: {not\ndata: json}\n\n');
    expect(
      framerOf('openai-chat')
        .push(event)
        .map(({ bytes }) => bytes),
    ).toEqual([event]);
  });
});
