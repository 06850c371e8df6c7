import jsonata from 'jsonata';
import { FormatError } from '../errors.ts';
import { checked, isRecord, type Value } from '../value.ts';
import { allowance, boundSize } from './allowance.ts';
import { LinearRegExp } from './linear-regexp.ts';

/** Which limits a mapping runs in. */
export interface MappingLimits {
  /** Milliseconds; 250 where nothing is said. */
  readonly timeoutMs?: number;
  /** Characters of all texts and keys, and values, of what it makes; 8,388,608. */
  readonly maxSize?: number;
}

/** Items of one list, and functions in functions: what nobody's mapping needs more of. */
const [MAX_ITEMS, MAX_CALLS] = [100_000, 200];
/** Longer ones would be made at once, where no clock is looked at. */
const MAX_PADDING = 10_000;

/**
 * A document made into another by an expression of JSONata (https://docs.jsonata.org). Compile it
 * once, when the configuration is read.
 */
export class Mapping {
  /**
   * It has a function that may be called with what it has made: of a little it makes as much as it likes, and what
   * that is may be one step of JSONata's, in which no clock is looked at.
   */
  readonly isOpenEnded: boolean;
  readonly #expression: jsonata.Expression;
  readonly #timeoutMs: number;
  readonly #maxSize: number;

  /** @throws {FormatError} `bad_mapping`, with the position of the mistake */
  constructor(text: string, { timeoutMs = 250, maxSize = 8_388_608 }: MappingLimits = {}) {
    this.#timeoutMs = timeoutMs;
    this.#maxSize = maxSize;
    try {
      this.#expression = jsonata(text, {
        timeout: timeoutMs,
        stack: MAX_CALLS,
        sequence: MAX_ITEMS,
        // Its type asks for all of RegExp, and it calls two members.
        RegexEngine: LinearRegExp as unknown as RegExpConstructor,
      });
      const nodes = [...nodesIn(this.#expression.ast())];
      // Each regular expression is tried once.
      allowance.begin(Number.POSITIVE_INFINITY);
      for (const one of nodes) if (one instanceof RegExp) new LinearRegExp(one).exec('');
      this.isOpenEnded = mayCompound(nodes);
    } catch (cause) {
      throw new FormatError('bad_mapping', whyOf(cause), { cause });
    }
    this.#expression.registerFunction('pad', padded, '<s-ns?:s>');
    this.#expression.registerFunction('distinct', distinct, '<x:x>');
    this.#expression.registerFunction('eval', refused, '<sx?:x>');
  }

  /**
   * `bindings` are variables of the expression: `{ query }` is its `$query`. Where it finds nothing
   * the value is null.
   *
   * @throws {FormatError} `mapping_failed`, `mapping_limit`, `too_deep`, `forbidden_key`
   */
  async apply(input: Value, bindings: Readonly<Record<string, Value>> = {}): Promise<Value> {
    let made: unknown;
    allowance.begin(this.#timeoutMs);
    try {
      made = await this.#expression.evaluate(input, { ...bindings });
    } catch (cause) {
      if (cause instanceof FormatError) throw cause;
      const code = isLimit(cause) ? 'mapping_limit' : 'mapping_failed';
      const limit = `it took more than ${this.#timeoutMs} ms, or made a list or a text too long`;
      throw new FormatError(code, isLimit(cause) ? limit : whyOf(cause), { cause });
    }
    if (typeof made === 'function' || isLambda(made)) {
      throw new FormatError('mapping_failed', 'what it makes is a function');
    }
    // Before it is copied, for the copy would be as large.
    allowance.begin(this.#timeoutMs);
    boundSize(made, this.#maxSize);
    return checked(made, {});
  }
}

const isLambda = (made: unknown): boolean =>
  typeof made === 'object' && made !== null && '_jsonata_lambda' in made;

/** Time, stack and length of a list (JSONata's own), and a text longer than the engine has. */
const isLimit = (error: unknown): boolean =>
  error instanceof RangeError ||
  ['D1011', 'D1012', 'D2014', 'D2015', 'U1001'].includes(codeOf(error));

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';

/** JSONata's code and where, and none of the document's values, which its message may have. */
function whyOf(error: unknown): string {
  const code = codeOf(error);
  if (code === '') return 'a regular expression is not linear';
  const at =
    typeof error === 'object' && error !== null && 'position' in error
      ? ` at position ${String(error.position)}`
      : '';
  return `JSONata says ${code}${at}`;
}

/** Of a syntax tree, as far as it is looked at here. */
interface Node {
  readonly type?: string;
  /** Made by JSONata itself, for calls at the end of a function. */
  readonly thunk?: boolean;
  readonly arguments?: readonly object[];
  readonly procedure?: { readonly value?: unknown };
}

function* nodesIn(node: unknown): Generator<object> {
  if (typeof node !== 'object' || node === null) return;
  yield node;
  for (const part of Object.values(node)) yield* nodesIn(part);
}

/** They call a function with each item of a list, and never with what it has made. */
const BY_ITEM: ReadonlySet<unknown> = new Set(['map', 'filter', 'single', 'sift', 'each', 'sort']);

/** Whether there are functions but those that are written where they are called by item. */
function mayCompound(nodes: readonly Node[]): boolean {
  const byItem = new Set(
    nodes.flatMap((node) => (BY_ITEM.has(node.procedure?.value) ? (node.arguments ?? []) : [])),
  );
  return nodes.some((node) => node.type === 'lambda' && node.thunk !== true && !byItem.has(node));
}

function padded(text: string, width: number, filler = ' '): string {
  if (Math.abs(width) > MAX_PADDING) {
    throw new FormatError('mapping_limit', `$pad goes to ${MAX_PADDING}`);
  }
  return width < 0 ? text.padStart(-width, filler || ' ') : text.padEnd(width, filler || ' ');
}

/** JSONata compares each item with each; a text that stands for all of an item is found at once. */
function distinct(items: unknown): unknown {
  if (!Array.isArray(items) || items.length < 2) return items;
  const all = items as readonly unknown[];
  boundSize(all, MOST_COMPARED);
  const first = new Map<string, unknown>();
  for (const item of all) {
    const said = saidOf(item);
    if (!first.has(said)) first.set(said, item);
  }
  const found = [...first.values()];
  // One item of a sequence is that item (docs.jsonata.org, "Sequences").
  return found.length === 1 && 'sequence' in items ? found[0] : found;
}

/** Characters and values of what `$distinct` looks through. */
const MOST_COMPARED = 8_388_608;

/** Two values that JSONata takes for equal say the same. */
function saidOf(value: unknown): string {
  if (Array.isArray(value)) return `[${(value as readonly unknown[]).map(saidOf).join(',')}]`;
  if (!isRecord(value)) return `${typeof value} ${String(value)}`;
  const entries = Object.entries(value);
  const said = entries.map(([key, item]) => `${JSON.stringify(key)}:${saidOf(item)}`);
  return `{${said.toSorted().join(',')}}`;
}

/** What is evaluated in a mapping runs without its limits and with the engine's own regular expressions. */
function refused(): never {
  throw new FormatError('mapping_failed', 'there is no $eval here');
}
