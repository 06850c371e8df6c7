/** Fields of the configuration that name a file of this machine. */
const FILES = [
  ['providers', 'tls', 'ca'],
  ['providers', 'local', 'file'],
  ['apis', 'openapi', 'document'],
  ['apis', 'formats', 'protobuf', 'descriptors'],
] as const;

type Path = readonly (string | number)[];

/** Where a document names files of this machine; addresses are none. */
export function filesNamed(input: unknown): Path[] {
  return FILES.flatMap(([section, ...fields]) => {
    const items = at(input, section);
    return (Array.isArray(items) ? items : []).flatMap((item: unknown, i): Path[] => {
      let found = item;
      for (const field of fields) found = at(found, field);
      const isFile = typeof found === 'string' && !/^https?:\/\//i.test(found);
      return isFile ? [[section, i, ...fields]] : [];
    });
  });
}

const at = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
