import { expect, it } from 'vitest';
import { curlLine } from './dialects.ts';

it('lets no quote out of its shell word', () => {
  expect(curlLine('http://g', '/v1', "it's")).toContain(String.raw`-d 'it'\''s'`);
});
