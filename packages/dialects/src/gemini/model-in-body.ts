import { isJsonObject } from '../fields.ts';
import { parseJson } from '../json.ts';

/** Holders of a request that names its model once more. */
const HOLDERS = new Set(['requests', 'generateContentRequest', 'generate_content_request']);

/**
 * The model is named in the path, and by Google's own clients again in each request of a batch and
 * in a request that is counted; Google refuses a name that differs (Gemini API reference,
 * "EmbedContentRequest"). The body as it is where it names none.
 */
export function withModelInBody(body: Buffer, model: string): Buffer {
  if (!body.includes('"model"')) return body;
  const asked = parseJson(body.toString());
  return isJsonObject(asked) ? Buffer.from(JSON.stringify(renamed(asked, model))) : body;
}

function renamed(value: Readonly<Record<string, unknown>>, model: string): object {
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => {
      if (name === 'model') return [name, `models/${model}`];
      if (!HOLDERS.has(name)) return [name, field];
      if (Array.isArray(field)) return [name, field.map((one: unknown) => inner(one, model))];
      return [name, inner(field, model)];
    }),
  );
}

const inner = (value: unknown, model: string): unknown =>
  isJsonObject(value) ? renamed(value, model) : value;
