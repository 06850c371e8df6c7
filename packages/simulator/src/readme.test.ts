import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { effectNames } from './fault/fault.ts';
import { parseFaults } from './fault/read.ts';
import { help } from './help.ts';

const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');

describe('the read-me and the help', () => {
  it('name every effect', () => {
    const listed = [...readme.matchAll(/^\| `(\w+)` /gm)].map((match) => match[1]);
    expect(listed).toEqual(effectNames);
    expect(effectNames.filter((effect) => !help.includes(effect))).toEqual([]);
  });

  it('give lines that can be read', () => {
    const lines = [...`${readme}\n${help}`.matchAll(/(?:x-simulate: |parseFaults\(')([^`'\n]+)/g)];
    expect(lines.length).toBeGreaterThan(3);
    for (const [, line] of lines) expect(parseFaults(line ?? '').length).toBeGreaterThan(0);
  });
});
