import { Worker } from 'node:worker_threads';
import { Failure } from '@vitalgate/contract';
import { siblingModule } from '../sibling-module.ts';
import type {
  SqliteAnswer,
  SqliteOrder,
  SqliteProblem,
  SqliteQuestion,
  SqliteReply,
} from './sqlite-worker.ts';

/** An answer larger than this ends the thread, and not the process with all its callers. */
const MOST_MEMORY_MB = 128;

/**
 * Primary result codes that say nothing of the question, but that the file cannot be used now:
 * BUSY, LOCKED, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB (sqlite.org/rescode.html).
 */
const UNUSABLE: ReadonlySet<number> = new Set([5, 6, 8, 10, 11, 13, 14, 26]);

/** What SQLite says against a question. */
class SqliteError extends Error {
  readonly errcode: number | undefined;

  constructor({ message, errcode }: SqliteProblem) {
    super(message);
    this.name = 'SqliteError';
    this.errcode = errcode;
  }
}

/** The front of a thread that asks SQLite; one that ends is replaced at the next question. */
export class SqliteThread {
  readonly #path: string;
  #life: SqliteLife | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** The thread as it is now: a transaction is over with the one in which it began. */
  life(): SqliteLife {
    if (this.#life === undefined || this.#life.hasEnded) this.#life = new SqliteLife(this.#path);
    return this.#life;
  }

  async close(): Promise<void> {
    await this.#life?.close();
  }
}

export class SqliteLife {
  readonly #worker: Worker;
  readonly #asked = new Map<number, PromiseWithResolvers<SqliteAnswer>>();
  readonly #over = Promise.withResolvers<void>();
  #questions = 0;
  #problem: Failure | undefined;

  constructor(path: string) {
    this.#worker = new Worker(siblingModule('sqlite-worker', import.meta.url), {
      workerData: path,
      resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY_MB },
    });
    this.#worker.on('message', (reply: SqliteReply) => this.#hear(reply));
    this.#worker.on('error', ({ message }) => this.#end(message));
    this.#worker.on('exit', () => {
      this.#end('it was closed');
      this.#over.resolve();
    });
  }

  get hasEnded(): boolean {
    return this.#problem !== undefined;
  }

  /**
   * @throws {Failure} `store_unavailable` where the file cannot be used or the thread has ended
   * @throws {SqliteError} where the question is at fault
   */
  ask(question: Omit<SqliteQuestion, 'id'>): Promise<SqliteAnswer> {
    if (this.#problem !== undefined) return Promise.reject(this.#problem);
    const asked = Promise.withResolvers<SqliteAnswer>();
    this.#questions += 1;
    this.#asked.set(this.#questions, asked);
    this.#tell({ ...question, id: this.#questions });
    return asked.promise;
  }

  /** Resolves when all that was asked has been answered. */
  close(): Promise<void> {
    this.#tell('close');
    return this.#over.promise;
  }

  #tell(order: SqliteOrder): void {
    this.#worker.postMessage(order);
  }

  #hear(reply: SqliteReply): void {
    const asked = this.#asked.get(reply.id);
    this.#asked.delete(reply.id);
    if ('answer' in reply) asked?.resolve(reply.answer);
    else asked?.reject(errorOf(reply.problem));
  }

  #end(why: string): void {
    this.#problem ??= new Failure('store_unavailable', `the thread of the store ended: ${why}`);
    for (const { reject } of this.#asked.values()) reject(this.#problem);
    this.#asked.clear();
  }
}

function errorOf(problem: SqliteProblem): Error {
  const { message, errcode } = problem;
  if (errcode === undefined || !UNUSABLE.has(errcode % 256)) return new SqliteError(problem);
  return new Failure('store_unavailable', `the store cannot be used: ${message}`);
}
