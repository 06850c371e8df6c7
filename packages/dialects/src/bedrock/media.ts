import { sniffed } from '../media.ts';

/** Media types by Bedrock's word for them (Amazon Bedrock API reference, "ImageBlock"). */
export const imageTypes: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
};

/** Same reference, "DocumentBlock". */
export const documentTypes: Readonly<Record<string, string>> = {
  pdf: 'application/pdf',
  csv: 'text/csv',
  doc: 'application/msword',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xls: 'application/vnd.ms-excel',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  html: 'text/html',
  txt: 'text/plain',
  md: 'text/markdown',
};

/** Bedrock's word for a media type; the data itself knows better than clients do. */
export function formatOf(
  types: Readonly<Record<string, string>>,
  mediaType: string,
  data: string,
): string | undefined {
  const plain = (sniffed(data) ?? mediaType).split(';', 1)[0]?.trim();
  return Object.keys(types).find((format) => types[format] === plain);
}
