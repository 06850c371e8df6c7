import { hash } from './random.ts';

/**
 * A seal on reasoning, opaque to callers as a vendor's is; whoever decodes it reads what it is. It
 * can be checked without the reasoning, for vendors send some of theirs back without it.
 */
export function sign(reasoning: string): string {
  const claim = `simulated signature of ${reasoning.length} characters, ${hash(reasoning)}`;
  return Buffer.from(`${claim}, ${hash(claim)}`.padEnd(120)).toString('base64');
}

/** Whether it is one of `sign`, in base64 or base64url. */
export function isSigned(signature: string): boolean {
  const told = Buffer.from(signature, 'base64').toString();
  const [, claim = '', sum] = /^(.*), (\d+) *$/s.exec(told) ?? [];
  return sum !== undefined && hash(claim) === Number(sum);
}
