import * as z from 'zod/mini';
import { hex } from './random.ts';

interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
}

export interface Sampling {
  readonly random: () => number;
  /** Wall-clock milliseconds that times are near to. */
  readonly now: number;
}

/** A value that a schema accepts: what the mock answers where it has nothing better to say. */
export function sample(schema: z.core.$ZodType, sampling: Sampling): unknown {
  const made = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }) as JsonSchema;
  return valueOf(made, '', made.$defs ?? {}, sampling);
}

function valueOf(
  schema: JsonSchema,
  name: string,
  definitions: Readonly<Record<string, JsonSchema>>,
  sampling: Sampling,
): unknown {
  const { random } = sampling;
  const within = (one: JsonSchema, of: string) => valueOf(one, of, definitions, sampling);
  if (schema.$ref !== undefined) {
    return within(definitions[schema.$ref.replace('#/$defs/', '')] ?? {}, name);
  }
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[Math.floor(random() * schema.enum.length)];
  if (schema.anyOf !== undefined) return within(schema.anyOf[0] ?? {}, name);
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([key, one]) => [key, within(one, key)]),
      );
    case 'array':
      return [0, 1, 2].map(() => within(schema.items ?? {}, name));
    case 'integer':
      return Math.round(numberOf(schema, random, 500));
    case 'number':
      return numberOf(schema, random, 500);
    case 'boolean':
      return random() < 0.5;
    case 'null':
      return null;
    default:
      return textOf(schema, name, sampling);
  }
}

function numberOf({ minimum = 0, maximum }: JsonSchema, random: () => number, most: number) {
  const least = Math.max(minimum, 0);
  return least + random() * (Math.min(maximum ?? most, least + most) - least);
}

function textOf({ format }: JsonSchema, name: string, { random, now }: Sampling): string {
  const at = new Date(now - random() * 86_400_000).toISOString();
  if (format === 'date-time') return at;
  if (format === 'date') return at.slice(0, 10);
  if (format === 'email') return `${hex(6, random)}@example.com`;
  if (/id$/i.test(name) || name === 'version' || name === 'hash') return hex(12, random);
  return `${name === '' ? 'value' : name}-${hex(4, random)}`;
}
