/** Part of a document in JSON. */
export type Json = Readonly<Record<string, unknown>>;

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const jsonContent = (schema: Json): Json => ({ 'application/json': { schema } });

/** Answers that the gateway gives itself, whatever is called. */
export const refusals: Json = {
  '4XX': { $ref: '#/components/responses/Problem' },
  '5XX': { $ref: '#/components/responses/Problem' },
};
