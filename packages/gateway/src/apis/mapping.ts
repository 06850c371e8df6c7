import { Failure } from '@vitalgate/contract';
import { FormatError, isRecord, Mapping, type Value } from '@vitalgate/formats';
import type { Clock } from '@vitalgate/health';
import { JobThread } from '../job-thread.ts';
import { siblingModule } from '../sibling-module.ts';
import { boxed, unboxed, type FromMapping, type ToMapping } from './mapping-messages.ts';

/** An expression of an API's configuration, in bounded time and memory whatever a document makes of it. */
export interface BoundMapping {
  /**
   * @throws {FormatError} `mapping_failed`, `mapping_limit`, `too_deep`, `forbidden_key`
   * @throws {Failure} `overloaded` where too many wait for the thread
   */
  apply(input: Value, bindings?: Readonly<Record<string, Value>>): Promise<Value>;
}

/** In which others are not served. Almost all small documents are mapped in less. */
const LONGEST_HERE_MS = 10;
/** Characters of texts and keys, and values: so many are mapped sooner than they are copied to a thread. */
const FEW_PARTS = 4096;

/**
 * Maps documents for which the process is no place: large ones, those that take long, and those of expressions that
 * make much of little. Only a thread can be ended within one step of JSONata's, and has memory of its own.
 */
export class MappingThread {
  readonly #thread: JobThread<ToMapping, FromMapping>;

  constructor(clock: Clock, onDeath: (problem: string) => void) {
    this.#thread = new JobThread({
      module: siblingModule('mapping-worker', import.meta.url),
      memoryMb: 256,
      longestWaitMs: 10_000,
      // A mapping ends itself between two steps long before.
      longestRunMs: 1000,
      clock,
      onDeath,
    });
  }

  /** @throws {FormatError} for an expression that is none */
  mapping(text: string): BoundMapping {
    const here = new Mapping(text, { timeoutMs: LONGEST_HERE_MS });
    return {
      apply: async (input, bindings = {}) => {
        if (!here.isOpenEnded && isSmall(input)) {
          try {
            return await here.apply(input, bindings);
          } catch (error) {
            if (!(error instanceof FormatError && error.code === 'mapping_limit')) throw error;
          }
        }
        return this.#apply({ text, input: boxed(input), bindings });
      },
    };
  }

  async #apply(told: ToMapping): Promise<Value> {
    const answer = await this.#thread.run(() => ({ told }));
    if (answer === 'waited')
      throw new Failure('overloaded', 'too many documents wait to be mapped');
    if (answer === 'ended') {
      throw new FormatError('mapping_limit', 'it took too long, or too much memory');
    }
    if ('code' in answer) throw new FormatError(answer.code, answer.detail);
    return unboxed(answer.made);
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}

function isSmall(value: Value): boolean {
  let left = FEW_PARTS;
  const goesOn = (one: Value): boolean => {
    left -= typeof one === 'string' || one instanceof Uint8Array ? one.length + 1 : 1;
    if (left < 0) return false;
    if (Array.isArray(one)) return one.every(goesOn);
    if (!isRecord(one)) return true;
    return Object.entries(one).every(([key, part]) => {
      left -= key.length;
      return goesOn(part);
    });
  };
  return goesOn(value);
}
