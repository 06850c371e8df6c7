import { isObject, type JsonObject, objectsOf } from '../../json.ts';
import type { Frame } from '../dialect.ts';

/** What Azure's filter found, which is nothing. */
const harmless = Object.fromEntries(
  ['hate', 'self_harm', 'sexual', 'violence'].map((name) => [
    name,
    { filtered: false, severity: 'safe' },
  ]),
);

const prompt_filter_results = [{ prompt_index: 0, content_filter_results: harmless }];

/** An answer of Chat Completions with what the filter says of prompt and answer. */
export function filteredBody(body: string): string {
  const told: unknown = JSON.parse(body);
  if (!isObject(told)) return body;
  const choices = objectsOf(told['choices']).map((choice): JsonObject => ({
    content_filter_results: harmless,
    ...choice,
  }));
  return JSON.stringify({ ...told, choices, prompt_filter_results });
}

/** The same in a stream: a chunk without choices comes first, and each choice has a word of it. */
export function* filteredFrames(frames: Iterable<Frame>): Generator<Frame> {
  const first = { choices: [], created: 0, id: '', model: '', object: '', prompt_filter_results };
  yield { data: `data: ${JSON.stringify(first)}\n\n`, tokens: 0 };
  for (const { data, tokens } of frames) {
    const told = String(data).replace('{"index":', '{"content_filter_results":{},"index":');
    yield { data: told, tokens };
  }
}
