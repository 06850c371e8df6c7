import { describe, expect, it } from 'vitest';
import { framerOf } from '@vitalgate/dialects';
import { guardrail } from '../../packages/contract/src/guardrails.ts';
import { StreamGuard } from '../../packages/gateway/src/guard/answer-guard.ts';
import { buildGuardrail } from '../../packages/gateway/src/guard/build.ts';
import { Placeholders } from '../../packages/gateway/src/guard/placeholders.ts';
import { dialectReading } from '../../packages/gateway/src/guard/reading.ts';
import { Search } from '../../packages/gateway/src/guard/search.ts';

/**
 * How long what a model says waits for its guardrails, counted in what it says after it: at 50 tokens a
 * second one token is 20 ms. Counted and not timed, so that it is the same on every machine.
 */

const guardrails = [
  guardrail.parse({ name: 'people', detect: 'pii', action: 'redact' }),
  guardrail.parse({ name: 'secrets', detect: 'secrets', action: 'block' }),
].map((one) => buildGuardrail(one));
const search = new Search(guardrails);

const eventOf = (content: string): Buffer =>
  Buffer.from(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`);

/** For each piece, how many more had to come before it left. */
async function waits(pieces: readonly string[]): Promise<number[]> {
  const guard = new StreamGuard(
    {
      read: dialectReading('openai-chat'),
      side: 'answer',
      guardrails,
      search,
      placeholders: new Placeholders(),
    },
    framerOf('openai-chat'),
  );
  const found: number[] = [];
  const leave = (bytes: Buffer, at: number): void => {
    const count = bytes.toString().split('data: ').length - 1;
    for (let i = 0; i < count; i += 1) found.push(at - found.length);
  };
  for (const [at, piece] of pieces.entries()) leave(guard.push(eventOf(piece)).bytes, at);
  leave((await guard.finish()).bytes, pieces.length);
  return found;
}

const prose =
  `The gateway asks each of its targets how it is, remembers what it saw, and sends a request
only where the answer was good. What it saw grows old: an hour of silence proves nothing. Since 2026 there
are 3 of them, at https://gateway.example.com/health?format=json, and 1,204 callers a day. `.repeat(
    10,
  );
const tokens = prose.match(/\s?\S{1,5}/g) ?? [];

describe('S04: what hold-back adds to a stream', () => {
  it('is a token and a half in prose, and the length of a link at most', async () => {
    const found = await waits(tokens);
    expect(found).toHaveLength(tokens.length);
    const sorted = found.toSorted((a, b) => a - b);
    const mean = found.reduce((sum, one) => sum + one, 0) / found.length;
    const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? 0;
    console.log(
      `held back: mean ${mean.toFixed(2)} tokens, p50 ${sorted[sorted.length >> 1]}, p99 ${p99}`,
    );
    expect(mean).toBeLessThan(2.5);
    expect(sorted[sorted.length >> 1]).toBeLessThanOrEqual(1);
    expect(p99).toBeLessThanOrEqual(12);
  });

  it('is 64 characters where digits do not end', async () => {
    const found = await waits(Array.from({ length: 200 }, (_, i) => `${1000 + i} `));
    expect(Math.max(...found)).toBeLessThanOrEqual(Math.ceil(64 / 5) + 2);
  });
});

describe('S05: a text without a space', () => {
  it('is held to 4,096 characters, and all of it leaves', async () => {
    const pieces = Array.from({ length: 6000 }, (_, i) => `word-${i % 1000}-and-more`.slice(0, 17));
    const found = await waits(pieces);
    expect(found).toHaveLength(pieces.length);
    expect(Math.max(...found) * 17).toBeLessThanOrEqual(4096);
  });
});
