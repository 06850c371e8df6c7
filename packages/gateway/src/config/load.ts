import { readFile } from 'node:fs/promises';
import { readConfig, StartFailure, type Config } from '@vitalgate/contract';
import { isMap, isScalar, LineCounter, parseDocument, visit, type Document } from 'yaml';
import { interpolate, type Environment } from './interpolate.ts';
import type { Above } from './secret-places.ts';

/** A configuration is written by hand; anything larger is a wrong file. */
const MAX_CHARACTERS = 1024 * 1024;

/** Beyond this, aliases multiply a small file into a large one ("billion laughs"). */
const MAX_ALIASES = 100;

/** One mistake with its place; `line` and `column` count from 1. */
export interface PlacedMistake {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/**
 * Reads a configuration file.
 *
 * @throws {StartFailure} `invalid_config`, whose message lists every mistake as
 *   `FILE:LINE:COLUMN what was found, what was expected`.
 */
export async function loadConfig(file: string, environment: Environment): Promise<Config> {
  const result = parseConfig(await readConfigFile(file), environment);
  if ('config' in result) return result.config;
  throw new StartFailure('invalid_config', describeMistakes(file, result.mistakes));
}

/** @throws {StartFailure} `invalid_config` when it cannot be read */
export async function readConfigFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new StartFailure('invalid_config', `${file}: cannot be read (${code})`, cause);
  }
}

/** One line per mistake, in the order of the file. */
export function describeMistakes(file: string, mistakes: readonly PlacedMistake[]): string {
  const inOrder = mistakes.toSorted((a, b) => a.line - b.line || a.column - b.column);
  return inOrder.map((it) => `${file}:${it.line}:${it.column} ${it.message}`).join('\n');
}

/** A text read as YAML, with its references replaced; what it means is not looked at yet. */
export interface ParsedSource {
  /** Undefined where the text is no YAML. */
  readonly input: Readonly<Record<string, unknown>> | undefined;
  readonly mistakes: readonly PlacedMistake[];
  /** Gives a mistake the place of a path. */
  readonly place: (path: readonly (string | number)[], message: string) => PlacedMistake;
}

export type Replace = (scalar: string, above: Above) => { value: string } | { problem: string };

export function parseSource(text: string, replace: Replace): ParsedSource {
  const lines = new LineCounter();
  const placeAt = (offset: number, message: string): PlacedMistake => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1), message };
  };
  const unreadable = (mistakes: readonly PlacedMistake[]): ParsedSource => ({
    input: undefined,
    mistakes,
    place: (_path, message) => placeAt(0, message),
  });
  if (text.length > MAX_CHARACTERS) {
    const message = `found ${text.length} characters, expected at most ${MAX_CHARACTERS}`;
    return unreadable([placeAt(0, message)]);
  }

  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: '1.2' });
  const broken = document.errors.map((error) => placeAt(error.pos[0], error.message));
  if (broken.length > 0) return unreadable(broken);

  const mistakes: PlacedMistake[] = [];
  visit(document, {
    Scalar(position, node, above) {
      if (position === 'key' || typeof node.value !== 'string') return;
      const result = replace(node.value, [...above, node]);
      if ('value' in result) node.value = result.value;
      else mistakes.push(placeAt(node.range?.[0] ?? 0, result.problem));
    },
  });
  try {
    const input = (document.toJS({ maxAliasCount: MAX_ALIASES }) ?? {}) as ParsedSource['input'];
    // An alias to a node that holds it parses without an error; JSON finds the cycle.
    JSON.stringify(input);
    const place = (path: readonly (string | number)[], message: string) =>
      placeAt(offsetOf(document, path), message);
    return { input, mistakes, place };
  } catch {
    return unreadable([placeAt(0, 'found an alias to itself, or too many aliases')]);
  }
}

/** Reads a configuration from YAML text; pure but for the environment it is handed. */
export function parseConfig(
  text: string,
  environment: Environment,
): { config: Config } | { mistakes: PlacedMistake[] } {
  const { input, mistakes, place } = parseSource(text, (scalar) =>
    interpolate(scalar, environment),
  );
  if (input === undefined) return { mistakes: [...mistakes] };
  const result = readConfig(input);
  if ('config' in result) return mistakes.length === 0 ? result : { mistakes: [...mistakes] };
  const placed = result.mistakes.map(({ path, message }) => {
    const where = path.length === 0 ? '' : `${path.join('.')}: `;
    return place(path, `${where}${message}`);
  });
  return { mistakes: [...mistakes, ...placed] };
}

/** Offset of the node at `path`, or of the nearest one above it: a missing field has no place. */
function offsetOf(document: Document.Parsed, path: readonly (string | number)[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const parent =
      length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1];
    if (isMap(parent)) {
      const pair = parent.items.find(({ key }) => isScalar(key) && key.value === last);
      if (isScalar(pair?.key) && pair.key.range) return pair.key.range[0];
    }
    const node = document.getIn(path.slice(0, length), true) as
      | { range?: [number, number, number] }
      | undefined;
    if (node?.range) return node.range[0];
  }
  return 0;
}
