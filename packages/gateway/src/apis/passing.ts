import type { ApiAdmitted } from '../request/exchange.ts';
import type { Running } from '../running.ts';
import type { ApiTarget } from './api.ts';
import type { MappedRequest } from './head-mappings.ts';
import type { Operation } from './openapi.ts';
import type { Shape } from './shape.ts';
import type { SoapCall } from './soap-call.ts';

/** What a request is once it has been read as far as it has to be: who is asked for it, and what. */
export interface Prepared {
  readonly candidates: readonly ApiTarget[];
  /** What is kept to be sent again; undefined where it is passed on as it comes. */
  readonly body: Buffer | undefined;
  readonly shape: Shape | undefined;
  readonly operation: Operation | undefined;
  readonly mapped: MappedRequest | undefined;
  readonly soap: SoapCall | undefined;
}

/** One request on its way through its upstreams, as its answer knows it. */
export interface Passing {
  readonly exchange: ApiAdmitted;
  readonly running: Running;
  readonly prepared: Prepared;
  readonly isOver: boolean;
  /** There is room for more of the answer. */
  resume(): void;
  /** Nothing more of the answer is wanted. */
  cancel(): void;
  /** Ends it with a failure to be told. */
  giveUp(error: unknown): void;
  /** Ends it inside an answer, where nothing can be told but that it is cut. */
  cut(reason: string): void;
  /** Ends it with an answer that was told. */
  finish(): void;
}
