import { audioFormat, sniffed } from '../media.ts';

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

/** Same reference, "AudioBlock". */
const audioFormats = new Set(
  'mp3 opus wav aac flac mp4 ogg mkv mka x-aac m4a mpeg mpga pcm webm'.split(' '),
);

/** Bedrock's word for a kind of sound; undefined where it has none. */
export function soundFormatOf(mediaType: string): string | undefined {
  const format = audioFormat(mediaType.split(';', 1)[0]?.trim() ?? '');
  return audioFormats.has(format) ? format : undefined;
}

/** Bedrock's word for a media type; the data itself knows better than clients do. */
export function formatOf(
  types: Readonly<Record<string, string>>,
  mediaType: string,
  data: string,
): string | undefined {
  const plain = (sniffed(data) ?? mediaType).split(';', 1)[0]?.trim();
  return Object.keys(types).find((format) => types[format] === plain);
}
