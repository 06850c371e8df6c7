import { FormatError } from './errors.ts';
import { fieldsOf, recordOf } from './form.ts';
import type { Format } from './format.ts';
import { textOf, type Value } from './value.ts';

/** `multipart/form-data` (RFC 7578): fields as in a form, files as bytes. */
export const multipart: Format = {
  name: 'multipart',
  mediaTypes: ['multipart/form-data'],
  async read(bytes, options) {
    const fields: [string, Value][] = [];
    for (const [name, value] of await parsed(bytes, options.contentType ?? '')) {
      fields.push([
        name,
        typeof value === 'string' ? value : new Uint8Array(await value.arrayBuffer()),
      ]);
    }
    return recordOf(fields, options);
  },
  async write(value) {
    const data = new FormData();
    for (const [name, part] of fieldsOf(value)) {
      if (part instanceof Uint8Array) data.append(name, new Blob([new Uint8Array(part)]), 'file');
      else data.append(name, textOf(part));
    }
    const response = new Response(data);
    return {
      bytes: new Uint8Array(await response.arrayBuffer()),
      contentType: response.headers.get('content-type') ?? 'multipart/form-data',
    };
  },
};

async function parsed(bytes: Uint8Array, contentType: string): Promise<FormData> {
  try {
    const headers = { 'content-type': contentType };
    return await new Response(new Uint8Array(bytes), { headers }).formData();
  } catch (cause) {
    throw new FormatError('unreadable', 'it is no multipart form, or its boundary is not told', {
      cause,
    });
  }
}
