import { listIn, textIn, valueIn, wordIn } from '../fields.ts';

/** Deeper arguments than these no tool has; lists are not filled beyond where they stand. */
const MAX_STEPS = 64;

type Parent = Record<string, unknown> | unknown[];

/**
 * A function call that comes in pieces (Gemini on Vertex AI, "Streaming function call arguments"):
 * each piece names the place of one value by a JSON path, and text may come in several.
 */
export class PartialCall {
  readonly #args: Record<string, unknown> = {};

  add(call: unknown): void {
    for (const piece of listIn(call, 'partialArgs')) {
      const path = wordIn(piece, 'jsonPath');
      const steps = path === undefined ? [] : stepsOf(path);
      if (steps.length > 0 && steps.length <= MAX_STEPS) this.#put(steps, piece);
    }
  }

  /** JSON of the arguments. */
  get text(): string {
    return JSON.stringify(this.#args);
  }

  #put(steps: readonly (string | number)[], piece: unknown): void {
    let parent: Parent = this.#args;
    for (const [index, step] of steps.entries()) {
      if (!holds(parent, step)) return;
      const known: unknown = Object.hasOwn(parent, step) ? parent[step as never] : undefined;
      const next = steps[index + 1];
      if (next === undefined) {
        const text = textIn(piece, 'stringValue');
        const isMore = text !== undefined && typeof known === 'string';
        set(parent, step, isMore ? known + text : (text ?? plainValue(piece)));
        return;
      }
      const child: Parent = isParent(known) ? known : typeof next === 'number' ? [] : {};
      if (child !== known) set(parent, step, child);
      parent = child;
    }
  }
}

/** A list grows one by one, so that a large number can make no large list. */
const holds = (parent: Parent, step: string | number): boolean =>
  Array.isArray(parent)
    ? typeof step === 'number' && step <= parent.length
    : typeof step === 'string';

const isParent = (value: unknown): value is Parent => typeof value === 'object' && value !== null;

function set(parent: Parent, step: string | number, value: unknown): void {
  const whole = { value, enumerable: true, writable: true, configurable: true };
  Object.defineProperty(parent, step, whole);
}

function plainValue(piece: unknown): unknown {
  const number = valueIn(piece, 'numberValue');
  return number ?? valueIn(piece, 'boolValue') ?? null;
}

/** `$.a[0]['b']` (RFC 9535, names and indexes alone); nothing when it says more than that. */
function stepsOf(path: string): (string | number)[] {
  const step = /\.([^.[\]]+)|\[(\d{1,6})\]|\[(['"])(.*?)\3\]/y;
  if (!path.startsWith('$')) return [];
  const steps: (string | number)[] = [];
  step.lastIndex = 1;
  while (step.lastIndex < path.length) {
    const found = step.exec(path);
    if (found === null) return [];
    const [, name, index, , quoted] = found;
    steps.push(index === undefined ? (name ?? quoted ?? '') : Number(index));
  }
  return steps;
}
