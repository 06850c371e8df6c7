import { isJsonObject } from '../fields.ts';

/** Fields whose content is the caller's own and no words of the API. */
const OPAQUE = new Set([
  'args',
  'response',
  'parameters',
  'parametersJsonSchema',
  'responseSchema',
  'responseJsonSchema',
  'labels',
]);

/** Where Google's own examples leave out the brackets around a list of one. */
const REPEATED = new Set(['contents', 'parts', 'tools', 'functionDeclarations', 'safetySettings']);

/** Google's JSON may be spelt both ways (protobuf JSON mapping); one of them is enough to read. */
export function camel(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camel);
  if (!isJsonObject(value) || JSON.isRawJSON(value)) return value;
  const told: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) {
    const key = name.replaceAll(/(?<=.)_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const spelt = OPAQUE.has(key) ? field : camel(field);
    Object.defineProperty(told, key, {
      value: REPEATED.has(key) && isJsonObject(spelt) ? [spelt] : spelt,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return told;
}
