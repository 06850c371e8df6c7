import { RequestError } from '../errors.ts';
import type { Fields } from '../fields.ts';
import type { AudioBlock, FileBlock, Source } from '../intent.ts';
import { base64Of, sniffed, sourceOf } from '../media.ts';

type Dialect = 'openai-chat' | 'openai-responses';

/** What a caller has stored at OpenAI. */
export const stored = (dialect: Dialect, id: string): Source => ({ type: 'stored', dialect, id });

/**
 * Reads a file (OpenAI API reference, "File inputs"): stored, at an address, or as data. `path` is
 * that of the part it stands in.
 */
export function readFile(file: Fields, dialect: Dialect, path: string): FileBlock {
  const name = file.string('filename');
  const id = file.string('file_id');
  const url = file.string('file_url');
  const data = file.string('file_data');
  if (id !== undefined) return { kind: 'file', source: stored(dialect, id), name, path };
  if (url !== undefined) return { kind: 'file', source: sourceOf(url), name, path };
  if (data === undefined) throw new RequestError(file.at('file_data'), undefined, 'a data URL');
  return { kind: 'file', source: fileSource(data), name, path };
}

/** A data URL, or, as some clients send it, the base64 alone. */
function fileSource(data: string): Source {
  if (data.startsWith('data:')) return sourceOf(data);
  const plain = base64Of(data);
  return { type: 'data', mediaType: sniffed(plain) ?? 'application/octet-stream', data: plain };
}

export function readAudio(audio: Fields, path: string): AudioBlock {
  const mediaType = `audio/${audio.needString('format')}`;
  const data = base64Of(audio.needString('data'));
  return { kind: 'audio', source: { type: 'data', mediaType, data }, path };
}
