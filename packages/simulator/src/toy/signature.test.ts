import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSigned, sign } from './signature.ts';

describe('a signature', () => {
  it('is known again, in either alphabet', () => {
    fc.assert(
      fc.property(fc.string(), (reasoning) => {
        const signature = sign(reasoning);
        const url = Buffer.from(signature, 'base64').toString('base64url');
        expect([signature, url].map(isSigned)).toEqual([true, true]);
      }),
    );
  });

  it('is not forged by a caller who changes it or brings another', () => {
    const signature = sign('Why?');
    const changed = Buffer.from(signature, 'base64').toString().replace('4 char', '5 char');
    const forged = Buffer.from(changed).toString('base64');
    expect(['', 'c2lnbmF0dXJl', signature.slice(0, 40), forged].map(isSigned)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});
