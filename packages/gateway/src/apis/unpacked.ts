import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';
import { FormatError } from '@vitalgate/formats';

/** Codings of content that are known here (RFC 9110, section 8.4.1; RFC 7932; RFC 8878). */
const codings: ReadonlyMap<string, (bytes: Buffer, options: Options) => Promise<Buffer>> = new Map([
  ['gzip', promisify<Buffer, Options, Buffer>(gunzip)],
  ['x-gzip', promisify<Buffer, Options, Buffer>(gunzip)],
  ['deflate', promisify<Buffer, Options, Buffer>(inflate)],
  ['br', promisify<Buffer, Options, Buffer>(brotliDecompress)],
  ['zstd', promisify<Buffer, Options, Buffer>(zstdDecompress)],
]);

interface Options {
  readonly maxOutputLength: number;
}

/** Two are one too many already; a list of hundreds is somebody's joke. */
const MOST_CODINGS = 3;

/** In the order in which they were put on; undefined where one of them is not known. */
export function codingsOf(contentEncoding: string | undefined): readonly string[] | undefined {
  const all = (contentEncoding ?? '')
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
  return all.length <= MOST_CODINGS && all.every((coding) => codings.has(coding)) ? all : undefined;
}

/**
 * The bytes as they were before they were compressed, if there are no more than `most` of them.
 *
 * @throws {FormatError} `unreadable`, `too_many_parts`
 */
export async function unpacked(
  bytes: Buffer,
  from: readonly string[],
  most: number,
): Promise<Buffer> {
  let plain = bytes;
  for (const coding of from.toReversed()) {
    try {
      plain = (await codings.get(coding)?.(plain, { maxOutputLength: most })) ?? plain;
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE') {
        throw new FormatError('too_many_parts', `uncompressed it has more than ${most} bytes`);
      }
      throw new FormatError('unreadable', `it is not ${coding}`, { cause });
    }
  }
  return plain;
}
