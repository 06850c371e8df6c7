import { readConfig } from '@vitalgate/contract';
import { describe, expect, it } from 'vitest';
import { buildGuardrail } from '../../packages/gateway/src/guard/build.ts';
import { Scanner, Search } from '../../packages/gateway/src/guard/scanner.ts';

const read = readConfig({
  version: 1,
  guardrails: [
    {
      name: 'all',
      detect: [
        'pii',
        'secrets',
        'invisible',
        'encoded',
        'injection',
        'attacks',
        { patterns: ['(a+)+$', '(x+x+)+y'] },
      ],
      action: 'flag',
    },
  ],
});
const search = new Search(
  'config' in read ? read.config.guardrails.map((one) => buildGuardrail(one, {} as never)) : [],
);

/** What is repeated to make a detector work in vain. */
const units = [
  'a',
  '1',
  '4111 ',
  '@',
  'a@a.',
  'ignore all ',
  'ignore the the ',
  'AKIA',
  'eyJa',
  'password=a ',
  '-----BEGIN PRIVATE KEY-----',
  '+1 2 ',
  '(',
  '<a ',
  "' or ",
  '/**/ ',
  'sk-',
  '://a:',
  'reveal your ',
  '. - ',
  'QUJD',
  'AB12 ',
  '%41',
  '\u200b',
  '<|',
  '../',
  '=41',
  'you are now ',
  'send the ',
  'datadog ',
  'union/*a*/',
  'j a v ',
  'hypothetical ',
  ' ',
  'é',
  'x',
];

/** The least of some runs: others on the machine only ever add. */
function cpuOf(text: string): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 3; i += 1) {
    const before = process.cpuUsage();
    new Scanner(search, 'text').push(text, true);
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

describe('ME7 MG9 no text makes a detector slow', () => {
  it.each(units)('%j: twice the text takes about twice the time', (unit) => {
    const of = (length: number) => unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
    cpuOf(of(4096));
    const half = cpuOf(of(32_768));
    const whole = cpuOf(of(65_536));
    // Work that grows with the square would be four times as much; little times say little.
    expect(whole).toBeLessThan(Math.max(60, half * 3));
    expect(whole).toBeLessThan(400);
  });
});
