/** A text to be met as it is, or the name of what stands in its place. */
type Part = { readonly text: string } | { readonly name: string };

/**
 * A path of a description (OpenAPI 3.1, "Path Templating"): a name may be a segment or stand in one,
 * `/reports/{id}.{format}`, `/jobs/{id}:cancel`.
 */
export class PathTemplate {
  /** As it was written. */
  readonly text: string;
  /** How much of it is open: of two paths that fit, the plainer one is meant. */
  readonly openness: number;
  readonly #segments: readonly (readonly Part[])[];

  constructor(path: string) {
    this.text = path;
    this.#segments = segmentsIn(path).map(partsOf);
    this.openness = this.#segments.reduce(
      (sum, parts) => sum + (parts.some(isName) ? (parts.length === 1 ? 2 : 1) : 0),
      0,
    );
  }

  /** What stands in the place of names, as it was written; undefined where it is another path. */
  capture(path: string): Readonly<Record<string, string>> | undefined {
    const segments = segmentsIn(path);
    if (segments.length !== this.#segments.length) return undefined;
    const captured: Record<string, string> = {};
    for (const [i, parts] of this.#segments.entries()) {
      if (!captureIn(segments[i] ?? '', parts, captured)) return undefined;
    }
    return captured;
  }
}

function segmentsIn(path: string): string[] {
  const plain = path.replace(/\/$/, '');
  return plain === '' ? [] : plain.slice(1).split('/');
}

const isName = (part: Part): part is { readonly name: string } => 'name' in part;

const partsOf = (segment: string): Part[] =>
  segment
    .split(/(\{[^{}]*\})/)
    .filter((part) => part !== '')
    .map((part) => (part.startsWith('{') ? { name: part.slice(1, -1) } : { text: part }));

/** Goes through it once, from left to right: a name takes as little as it can, the last one the rest. */
function captureIn(
  segment: string,
  parts: readonly Part[],
  captured: Record<string, string>,
): boolean {
  let at = 0;
  for (const [i, part] of parts.entries()) {
    if (!isName(part)) {
      if (!segment.startsWith(part.text, at)) return false;
      at += part.text.length;
      continue;
    }
    const next = parts[i + 1];
    const isLast = i + 2 >= parts.length;
    const end =
      next === undefined
        ? segment.length
        : isName(next)
          ? at + 1
          : isLast
            ? segment.length - next.text.length
            : segment.indexOf(next.text, at + 1);
    if (end <= at) return false;
    captured[part.name] = segment.slice(at, end);
    at = end;
  }
  return at === segment.length;
}
