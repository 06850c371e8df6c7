type Schema = Readonly<Record<string, unknown>>;

/** Something to begin with: what a schema has as default or example, or the plainest of its kind. */
export function exampleOf(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null) return null;
  const { default: usual, examples, enum: choices, type, properties, minimum } = schema as Schema;
  if (usual !== undefined) return usual;
  const [first] = [examples, choices].flatMap((list) => (Array.isArray(list) ? list : []));
  if (first !== undefined) return first as unknown;
  switch (type) {
    case 'object':
      return Object.fromEntries(
        Object.entries((properties ?? {}) as Schema).map(([name, one]) => [name, exampleOf(one)]),
      );
    case 'array':
      return [];
    case 'integer':
    case 'number':
      return typeof minimum === 'number' ? minimum : 1;
    case 'boolean':
      return false;
    case 'string':
      return 'text';
    default:
      return null;
  }
}
