import { describe, expect, it } from 'vitest';
import { createLog } from './log.ts';
import { redactor } from './redact.ts';

describe('the redactor', () => {
  const redact = redactor([
    'the-operators-secret',
    'the-operators-secret-longer',
    'a "b\\c/d',
    'x',
    '',
  ]);

  it.each([
    ['key the-operators-secret-longer!', 'key [redacted]!'],
    ['{"told":"a \\"b\\\\c/d"}', '{"told":"[redacted]"}'],
    ['?password=a%20%22b%5Cc%2Fd&', '?password=[redacted]&'],
    ['sk-proj-abcdefgh12345678', '[redacted]'],
    ['vg_abcdefghijklmnop', '[redacted]'],
    ['Authorization: Bearer abcdef123456', 'Authorization: [redacted]'],
    ['postgres://user:pa55w0rd@host/db', 'postgres://[redacted]@host/db'],
    ['AIzaSyA1234567890abcdefghijklmno', '[redacted]'],
    ['expected text, found xml', 'expected text, found xml'],
    ['nothing to hide, bearer of news', 'nothing to hide, bearer of news'],
  ])('%s', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  it('stands before every line of the log, whatever field or error a secret is in', () => {
    const lines: string[] = [];
    const log = createLog((line) => lines.push(line), redact, 'info');
    log.info({ deep: { er: ['the-operators-secret'] } }, 'the-operators-secret');
    log.error({ err: new Error('no: the-operators-secret') }, 'failed');
    expect(lines).toHaveLength(2);
    expect(lines.join('')).not.toContain('the-operators-secret');
  });
});

describe('L03: a line of the log', () => {
  const redact = redactor(['the-operators-secret', '12345678']);
  const written = (fields: object, message: string): string => {
    const lines: string[] = [];
    createLog((line) => lines.push(line), redact, 'info').info(fields, message);
    expect(lines).toHaveLength(1);
    return lines[0] ?? '';
  };

  it.each([
    'one\n{"level":"fatal"}',
    'one\r\n{"level":60}',
    '\u001b[31mred\u001b[0m',
    'c1 \u009b31m and \u0085',
    'lines\u2028and\u2029paragraphs',
    'turned\u202egpt\u2066',
    'half \ud800 a pair',
    'a\u0000b\u007f',
  ])('is one of JSON, with nothing in it that a terminal obeys: %j', (text) => {
    const line = written({ model: text, err: new Error(text) }, text);
    expect(line.slice(0, -1)).toMatch(/^[^\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]*$/u);
    expect(JSON.parse(line)).toMatchObject({ model: text, msg: text });
  });

  it('has no field of more than 8 KB, and no secret where one is cut', () => {
    const long = `${'x'.repeat(8180)}the-operators-secret${'y'.repeat(1_000_000)}`;
    const line = written({ said: long, deep: { er: [long] } }, 'told');
    expect(line.length).toBeLessThan(20_000);
    expect(line).not.toMatch(/the-operat/);
    const { said, msg } = JSON.parse(line) as Record<string, string>;
    expect([said?.slice(8180), msg]).toEqual(['[redacted]yy… (1008190 characters)', 'told']);
    // A number that is one of the secrets leaves no JSON behind.
    expect(JSON.parse(written({ at: 12_345_678, said: long }, ''))).toHaveProperty('msg');
  });

  it('stays one where a URL stands before an address of mail', () => {
    const line = written({ at: 'http://provider.test', user: 'ada@example.com' }, '');
    expect(JSON.parse(line)).toMatchObject({ user: 'ada@example.com' });
  });
});
