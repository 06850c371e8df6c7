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
