import { isObject, isString, type JsonObject, objectsOf } from '../../json.ts';
import { invalid } from '../openai/rules.ts';

/**
 * The two rules of https://platform.openai.com/docs/guides/structured-outputs that schemas of other
 * makers break: every object is closed, and requires every property it has.
 *
 * @param what `function 'x'` or `response_format 'x'`
 */
export function checkStrict(schema: unknown, what: string, param: string, code: string): void {
  const context: readonly string[] = [];
  const refuse = (at: readonly string[], rule: string): never => {
    const told = at.map((step) => `'${step}'`).join(', ') + (at.length === 1 ? ',' : '');
    throw invalid(`Invalid schema for ${what}: In context=(${told}), ${rule}`, param, code);
  };
  check(schema, context, refuse);
}

type Refuse = (at: readonly string[], rule: string) => never;

function check(schema: unknown, at: readonly string[], refuse: Refuse): void {
  if (!isObject(schema)) return;
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  if (schema['type'] === 'object' || 'properties' in schema)
    checkObject(schema, properties, at, refuse);
  for (const [name, one] of Object.entries(properties))
    check(one, [...at, 'properties', name], refuse);
  check(schema['items'], [...at, 'items'], refuse);
  for (const [index, one] of objectsOf(schema['anyOf']).entries()) {
    check(one, [...at, 'anyOf', String(index)], refuse);
  }
  const definitions = isObject(schema['$defs']) ? schema['$defs'] : {};
  for (const [name, one] of Object.entries(definitions)) check(one, [...at, '$defs', name], refuse);
}

function checkObject(
  schema: JsonObject,
  properties: JsonObject,
  at: readonly string[],
  refuse: Refuse,
): void {
  if (schema['additionalProperties'] !== false) {
    refuse(at, "'additionalProperties' is required to be supplied and to be false.");
  }
  const required = Array.isArray(schema['required']) ? schema['required'].filter(isString) : [];
  const optional = Object.keys(properties).find((name) => !required.includes(name));
  if (optional === undefined) return;
  refuse(
    at,
    `'required' is required to be supplied and to be an array including every key in properties. Missing '${optional}'.`,
  );
}
