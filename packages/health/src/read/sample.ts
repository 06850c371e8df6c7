/** One sample of an exposition: `family{label="value",…} value [timestamp] [# exemplar]`. */
export interface Sample {
  readonly family: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
  /** Wall-clock milliseconds. */
  readonly at: number | undefined;
}

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]{0,255}/y;
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]{0,255})\s*=\s*"((?:[^"\\]|\\.){0,4096})"\s*(,|(?=\}))/y;
const REST =
  /[ \t]+([-+]?[0-9][0-9.eE+-]{0,63}|[+-]?Inf|NaN)(?:[ \t]+(-?\d[\d.eE+-]{0,63}))?[ \t]*(?:#.*)?$/isy;

/** Undefined when the line is none. */
export function parseSample(line: string): Sample | undefined {
  NAME.lastIndex = 0;
  const family = NAME.exec(line)?.[0];
  if (family === undefined) return undefined;
  const labels = new Map<string, string>();
  let at = NAME.lastIndex;
  if (line[at] === '{') {
    at += 1;
    while (line[at] !== '}') {
      LABEL.lastIndex = at;
      const [, name = '', value = ''] = LABEL.exec(line) ?? [];
      if (name === '' || labels.has(name)) return undefined;
      labels.set(name, unescape(value));
      at = LABEL.lastIndex;
    }
    at += 1;
  }
  REST.lastIndex = at;
  const [, digits = '', stamp] = REST.exec(line) ?? [];
  const value = numberOf(digits);
  if (value === undefined) return undefined;
  return { family, labels, value, at: stamp === undefined ? undefined : millis(stamp) };
}

/** `\\`, `\"` and `\n`; any other escape stands for itself. */
function unescape(value: string): string {
  return value.replace(/\\(.)/g, (both, one: string) => {
    if (one === 'n') return '\n';
    return one === '\\' || one === '"' ? one : both;
  });
}

function numberOf(digits: string): number | undefined {
  if (/^nan$/i.test(digits)) return NaN;
  const infinite = /^([+-]?)inf$/i.exec(digits);
  if (infinite !== null) return infinite[1] === '-' ? -Infinity : Infinity;
  const value = Number(digits);
  return digits === '' || Number.isNaN(value) ? undefined : value;
}

/** Prometheus counts milliseconds, OpenMetrics seconds. */
function millis(stamp: string): number | undefined {
  const value = Number(stamp);
  if (Number.isNaN(value)) return undefined;
  return Math.abs(value) < 1e11 ? value * 1000 : value;
}
