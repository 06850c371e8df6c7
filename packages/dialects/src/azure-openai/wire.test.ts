import { describe, expect, it } from 'vitest';
import { wire } from './wire.ts';

const version = 'api-version=2024-10-21';

describe('the wire of azure-openai', () => {
  it.each([
    ['', 'chat', `/openai/deployments/my%20gpt/chat/completions?${version}`],
    ['/openai', 'chat', `/openai/deployments/my%20gpt/chat/completions?${version}`],
    ['/gate', 'embeddings', `/gate/openai/deployments/my%20gpt/embeddings?${version}`],
    ['', 'models', `/openai/models?${version}`],
    ['/openai/v1', 'chat', '/openai/v1/chat/completions'],
    ['/openai/v1', 'models', '/openai/v1/models'],
    ['/gate/openai/v1', 'completions', '/gate/openai/v1/completions'],
    ['', 'count-tokens', undefined],
  ] as const)('finds %j %s at %s', (base, operation, path) => {
    expect(wire.path(base, operation, { model: 'my gpt', streamed: true })).toBe(path);
  });

  it('carries the key in a header of its own', () => {
    expect(wire.credential('k')).toEqual(['api-key', 'k']);
  });

  it('takes a first chunk without choices, and the usage of the last', () => {
    const watch = wire.watch();
    watch.push(
      Buffer.from('data: {"id":"","model":"","choices":[],"prompt_filter_results":[]}\n\n'),
    );
    expect(watch.hasContent).toBe(false);
    watch.push(Buffer.from('data: {"id":"c","choices":[{"index":0,"delta":{"content":"a"}}]}\n\n'));
    watch.push(
      Buffer.from('data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1}}\n\n'),
    );
    expect(watch.finished).toBe(false);
    watch.push(Buffer.from('data: [DONE]\n\n'));
    expect(watch).toMatchObject({
      hasContent: true,
      finished: true,
      usage: { input: 3, output: 1 },
    });
  });
});
