import { isJsonObject } from './fields.ts';
import type { JsonObject } from './intent.ts';
import { tryJson } from './json.ts';

/**
 * A call's arguments for dialects that want an object: no text is an empty one; undefined when the
 * text is something else. Numbers keep their digits.
 */
export function inputOf(text: string): JsonObject | undefined {
  if (text.trim() === '') return {};
  const input = tryJson(text);
  // Cohere says so where there are none.
  if (input === null) return {};
  return isJsonObject(input) ? input : undefined;
}
