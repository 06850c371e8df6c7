import * as z from 'zod/mini';

/** Names a schema in the OpenAPI document and says what it is. */
export function named<S extends z.core.$ZodType>(id: string, description: string, schema: S): S {
  z.globalRegistry.add(schema, { id, description });
  return schema;
}

/** RFC 3339 in UTC. */
export const time = z.iso.datetime();
export const text = z.string().check(z.maxLength(2000));
/**
 * What a person calls something; shown as text and never as anything else. In one line and one
 * direction: names stand in the audit log and in tables.
 */
export const label = z
  .string()
  .check(
    z.trim(),
    z.minLength(1),
    z.maxLength(128),
    z.regex(
      /^[^\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]*$/u,
      'expected one line, without characters that steer how it is shown',
    ),
  );
/** What the configuration calls something. */
export const configName = z
  .string()
  .check(
    z.regex(
      /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$/,
      'expected 1 to 128 letters, digits or . _ : @ - that begin with a letter or digit',
    ),
  );
export const count = z.int().check(z.nonnegative());
/** Milliseconds. */
export const ms = z.number().check(z.nonnegative());
/** US dollars. */
export const usd = z.number().check(z.nonnegative());
/** From 0 to 1. */
export const share = z.number().check(z.minimum(0), z.maximum(1));
export const status = z.enum(['pass', 'warn', 'fail', 'unknown']);
/** Objects of the file are shown and cannot be changed here. */
export const managedBy = z.enum(['file', 'console']);
/** Changes with every change of the object; sent back as `If-Match`. */
export const version = z.string();

/** One page of a list; `next` is the cursor of the following one, null on the last. */
export const page = <S extends z.core.$ZodType>(item: S) =>
  z.object({ items: z.array(item), next: z.nullable(z.string()) });

/** From a query string everything comes as text. */
const wholeText = z.coerce.number<string | number>().check(z.int());
export const limit = z._default(wholeText.check(z.minimum(1), z.maximum(200)), 50);
export const cursor = z.optional(z.string().check(z.maxLength(512)));
export const paging = { limit, cursor };

/** A span of time; both ends optional, the newest day where neither is given. */
export const span = {
  since: z.optional(time),
  until: z.optional(time),
};
