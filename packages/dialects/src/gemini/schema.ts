import { isJsonObject } from '../fields.ts';
import type { JsonObject } from '../intent.ts';

/** Values of a caller's, which may look like schemas and are none. */
const VALUES: ReadonlySet<string> = new Set(['default', 'example', 'enum', 'required']);

/**
 * JSON schema of one of Google's own, which spell types in capitals, numbers as text and say
 * `nullable` (OpenAPI 3.0.3).
 */
export function plainSchema(schema: JsonObject): JsonObject {
  const plain: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(schema)) {
    if (name === 'nullable' || name === 'propertyOrdering') continue;
    if (name === 'type' && typeof value === 'string') plain[name] = value.toLowerCase();
    else if (/^(?:min|max)[A-Z]/.test(name) && typeof value === 'string')
      plain[name] = Number(value);
    else if (name === 'properties' && isJsonObject(value)) plain[name] = mapped(value, plainOf);
    else plain[name] = VALUES.has(name) ? value : plainOf(value);
  }
  if (schema['nullable'] !== true) return plain;
  const { type, enum: values, anyOf } = plain;
  if (typeof type === 'string') plain['type'] = [type, 'null'];
  if (Array.isArray(values)) plain['enum'] = [...(values as unknown[]), null];
  if (Array.isArray(anyOf)) plain['anyOf'] = [...(anyOf as unknown[]), { type: 'null' }];
  return plain;
}

const plainOf = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plainOf);
  return isJsonObject(value) ? plainSchema(value) : value;
};

export const mapped = (object: JsonObject, map: (value: unknown) => unknown): JsonObject =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));

/** Whether a tool takes any arguments: an object without fields is refused. */
export function hasFields(schema: JsonObject | undefined): schema is JsonObject {
  if (schema === undefined) return false;
  return Object.entries(schema).some(([name, value]) => {
    if (['type', 'title', 'description', '$schema', '$id', '$defs'].includes(name)) return false;
    if (name === 'additionalProperties') return value !== false;
    return !(typeof value === 'object' && value !== null) || Object.keys(value).length > 0;
  });
}
