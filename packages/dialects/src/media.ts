import type { Source } from './intent.ts';

const DATA_URL = /^data:([^;,]*)((?:;[^;,]*)*),/i;

/** A URL of a caller: what it holds, where it is a `data:` URL (RFC 2397), else where it points. */
export function sourceOf(url: string): Source {
  const match = DATA_URL.exec(url);
  if (match === null) return { type: 'url', url };
  const rest = url.slice(match[0].length);
  const isBase64 = /;base64$/i.test(match[2] ?? '');
  const data = isBase64 ? base64Of(rest) : Buffer.from(decode(rest)).toString('base64');
  const told = match[1]?.toLowerCase() ?? '';
  return { type: 'data', mediaType: told === '' ? (sniffed(data) ?? 'text/plain') : told, data };
}

/** Plain base64 of what may be in the URL alphabet, or broken into lines. */
export function base64Of(text: string): string {
  return /[-_\s]/.test(text)
    ? text.replaceAll(/\s/g, '').replaceAll('-', '+').replaceAll('_', '/')
    : text;
}

/** What the first bytes say, in base64. */
const magics: readonly (readonly [start: string, type: string])[] = [
  ['iVBORw0KGgo', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['R0lGOD', 'image/gif'],
  ['JVBERi', 'application/pdf'],
];

/** The media type that base64 data itself shows, where it is one of the common ones. */
export function sniffed(data: string): string | undefined {
  // Sound begins with RIFF as well (WebP container specification, "WebP file header").
  if (data.startsWith('UklGR')) return data.startsWith('RUJQ', 12) ? 'image/webp' : undefined;
  return magics.find(([start]) => data.startsWith(start))?.[1];
}

/** What the end of a file's name says, for vendors that want to be told a media type. */
const endings: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  pdf: 'application/pdf',
  txt: 'text/plain',
  mp3: 'audio/mp3',
  wav: 'audio/wav',
  mp4: 'video/mp4',
};

/** The media type that an address shows by how its path ends. */
export function typeOfName(url: string): string | undefined {
  const ending = /\.(\w+)$/.exec(URL.parse(url)?.pathname ?? '')?.[1]?.toLowerCase();
  return ending !== undefined && Object.hasOwn(endings, ending) ? endings[ending] : undefined;
}

/** What OpenAI calls a kind of sound: of MP3 and WAV there are several media types. */
export function audioFormat(mediaType: string): string {
  const name = mediaType.replace(/^audio\/(?:x-)?/, '');
  return name === 'mpeg' ? 'mp3' : /^(?:wave|vnd\.wave)$/.test(name) ? 'wav' : name;
}

export const dataUrl = (mediaType: string, data: string): string =>
  `data:${mediaType};base64,${data}`;

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
