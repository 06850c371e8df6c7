import { RequestError } from '../errors.ts';
import type { Fields } from '../fields.ts';
import type { OutputFormat } from '../intent.ts';

/**
 * Reads what an answer is to look like (OpenAI API reference, `response_format` and `text.format`).
 * Chat Completions has the schema in an object of its own, Responses beside the type.
 */
export function readFormat(
  format: Fields | undefined,
  isNested: boolean,
): OutputFormat | undefined {
  if (format === undefined) return undefined;
  const { path } = format;
  const type = format.needString('type');
  if (type === 'text') return undefined;
  if (type === 'json_object') return { type: 'json', path };
  if (type !== 'json_schema') {
    throw new RequestError(`${path}.type`, type, 'text, json_object or json_schema');
  }
  const told = isNested ? format.object('json_schema') : format;
  if (told === undefined) throw new RequestError(`${path}.json_schema`, undefined, 'an object');
  const read: OutputFormat = {
    type: 'schema',
    name: told.string('name'),
    description: told.string('description'),
    schema: told.json('schema') ?? {},
    strict: told.boolean('strict'),
    path,
  };
  told.done();
  return read;
}
