/** A text to be met as it is, or the name under which any one segment is kept. */
export type Segment = { readonly text: string } | { readonly name: string };

export function segmentsOf(path: string): Segment[] {
  const plain = path.replace(/\/$/, '');
  if (plain === '') return [];
  return plain
    .slice(1)
    .split('/')
    .map((text) => (text.startsWith('{') ? { name: text.slice(1, -1) } : { text }));
}

/** Whether a pattern means a path, or one above it. */
export function covers(pattern: string, path: string): boolean {
  return endOfMatch(segmentsOf(pattern), path, false) !== undefined;
}

/** Where in `path` the pattern ends; undefined when it does not fit. */
export function endOfMatch(
  segments: readonly Segment[],
  path: string,
  isExact: boolean,
): number | undefined {
  let at = 0;
  for (const segment of segments) {
    if (path.charCodeAt(at) !== SLASH) return undefined;
    const next = path.indexOf('/', at + 1);
    const end = next === -1 ? path.length : next;
    if ('text' in segment) {
      if (end - at - 1 !== segment.text.length || !path.startsWith(segment.text, at + 1)) {
        return undefined;
      }
    } else if (end === at + 1) return undefined;
    at = end;
  }
  return isExact && at < path.length && path.slice(at) !== '/' ? undefined : at;
}

const SLASH = 0x2f;
