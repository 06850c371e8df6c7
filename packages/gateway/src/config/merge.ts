import { readConfig, type Config, type ConfigMistake } from '@vitalgate/contract';
import type { Environment } from './interpolate.ts';
import { filesNamed } from './files-named.ts';
import { interpolate, interpolateSecrets } from './interpolate.ts';
import { parseSource, type ParsedSource, type PlacedMistake } from './load.ts';

/** Sections in which objects made in the console can live, beside those of the file. */
export const consoleSections = [
  'providers',
  'models',
  'apis',
  'teams',
  'guardrails',
  'alertChannels',
  'alertRules',
] as const;
export type ConsoleSection = (typeof consoleSections)[number];

/** Values of secrets by their names, as `${secret:NAME}` refers to them. */
export type Secrets = ReadonlyMap<string, string>;

/** A mistake, and whether the file or the console's document has it. */
export interface SourcedMistake extends PlacedMistake {
  readonly source: 'file' | 'console';
}

/** What is written in the file, with the environment in its places. */
export const parseFile = (text: string, environment: Environment): ParsedSource =>
  parseSource(text, (scalar) => interpolate(scalar, environment));

/**
 * What was made in the console. Of the environment and the files of this machine it knows nothing:
 * whoever may add a provider could otherwise send any secret of the process to a host of their own.
 */
export function parseConsole(text: string, secrets: Secrets): ParsedSource {
  const parsed = parseSource(text, (scalar, above) => interpolateSecrets(scalar, secrets, above));
  const strange = Object.keys(parsed.input ?? {}).filter(
    (name) => !(consoleSections as readonly string[]).includes(name),
  );
  const mistakes = strange.map((name) =>
    parsed.place([name], `${name}: belongs in the file; here are ${consoleSections.join(', ')}`),
  );
  const files = filesNamed(parsed.input).map((path) =>
    parsed.place(
      path,
      `${path.join('.')}: found a file of this machine, which the configuration file alone may name`,
    ),
  );
  return { ...parsed, mistakes: [...parsed.mistakes, ...mistakes, ...files] };
}

/** One configuration of both, or every mistake of either. */
export function mergeConfig(
  file: ParsedSource,
  made: ParsedSource,
): { config: Config } | { mistakes: SourcedMistake[] } {
  const mistakes: SourcedMistake[] = [
    ...file.mistakes.map((one) => ({ ...one, source: 'file' as const })),
    ...made.mistakes.map((one) => ({ ...one, source: 'console' as const })),
  ];
  if (file.input === undefined || made.input === undefined) return { mistakes };
  const input: Record<string, unknown> = { ...file.input };
  for (const section of consoleSections) {
    const ours = made.input[section];
    if (ours === undefined || ours === null) continue;
    const theirs = file.input[section];
    // What is no list is told as such by the schema.
    input[section] =
      Array.isArray(ours) && Array.isArray(theirs ?? []) ? [...listOf(theirs), ...ours] : ours;
  }
  const result = readConfig(input);
  if ('config' in result) return mistakes.length === 0 ? result : { mistakes };
  return { mistakes: [...mistakes, ...result.mistakes.map((one) => placed(one, file, made))] };
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** Items of the console's document stand behind those of the file. */
function placed(
  { path, message }: ConfigMistake,
  file: ParsedSource,
  made: ParsedSource,
): SourcedMistake {
  const [section, index, ...rest] = path;
  const ofFile = listOf(file.input?.[String(section)]).length;
  const where = path.length === 0 ? '' : `${path.join('.')}: `;
  if (typeof index === 'number' && index >= ofFile && made.input?.[String(section)] !== undefined) {
    const own = [String(section), index - ofFile, ...rest];
    return { ...made.place(own, `${own.join('.')}: ${message}`), source: 'console' };
  }
  return { ...file.place(path, `${where}${message}`), source: 'file' };
}
