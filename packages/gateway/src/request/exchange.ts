import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Failure } from '@vitalgate/contract';
import type {
  CallerForm,
  DialectName,
  Intent,
  Operation,
  ProviderDialect,
  ScannedRequest,
  Translation,
  WholeTranslation,
} from '@vitalgate/dialects';
import type { TargetState } from '@vitalgate/health';
import type { Matched } from '../apis/match.ts';
import type { Key } from '../access/keys.ts';
import type { Holds } from '../access/limits/holds.ts';
import type { Prompt } from '../prompts/prompt.ts';
import type { Limit } from '../access/limits/limit.ts';
import type { Bill } from '../money/bill.ts';
import type { Applied } from '../guard/guardrails.ts';
import type { Placeholders } from '../guard/placeholders.ts';
import type { Feature } from '../routing/features.ts';
import type { Route, Target } from '../routing/routes.ts';
import type { CallerHeaders } from '../server/headers.ts';
import type { Upgrade } from '../server/upgrade.ts';
import type { UpstreamCall } from '../upstream/call.ts';
import type { Credential } from '../upstream/credentials.ts';
import type { Outcome } from './ending.ts';
import type { Room } from './headroom.ts';

/**
 * What goes on for a caller, and ends when that leaves. An object, not a function: with a closure in
 * its place V8 moved every exchange that was over into its old space, with all it reached, and
 * collecting them took a quarter of the time.
 */
export interface Served {
  abandon(): void;
  /** Ends it because its caller may ask no longer, and says so. */
  refuse(failure: Failure): void;
}

/** What every request has, whatever it is for. */
export interface Arrival {
  /** Ours, unique; sent as `x-request-id`. */
  readonly id: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly headers: CallerHeaders;
  /** How it is spoken to: a model's dialect, or plain HTTP. */
  readonly dialect: DialectName | 'http';
  readonly operation: Operation | 'api' | 'document';
  /** Its path in the route table, or the name of its API. */
  readonly path: string;
  /** Set where a prompt is called as an API: it is told failures as one of HTTP is. */
  readonly prompt: Prompt | undefined;
  readonly receipt: Receipt;
  /** Those that count it, as far as they are known; told in its answer. */
  limits: readonly Limit[];
  /** What it holds of them. */
  holds: Holds | undefined;
  /** What guards it, once that is known; undefined where nothing does. */
  guarding: { readonly applied: Applied; readonly placeholders: Placeholders } | undefined;
  /** The target whose one trial this request is; it must not free somebody else's. */
  trial: string | undefined;
  /** In the heap, where its body is large: until it has become what it becomes. */
  room: Room | undefined;
  /** Set while an attempt runs or answers, so that it ends with the caller or its key. */
  served: Served | undefined;
}

export interface Identity {
  /** The caller's address, with trusted proxies taken off. */
  readonly address: string;
  /** Undefined where anonymous callers are allowed. */
  readonly key: Key | undefined;
}

export interface Admission {
  readonly admitted: true;
}

/**
 * One request for a model on its way. Each stage takes what the stage before has made and returns
 * more, so that a wrong order does not compile.
 */
export interface Arrived extends Arrival {
  readonly dialect: DialectName;
  readonly operation: Operation;
  /** The model in the path, as it was written. */
  readonly named: string | undefined;
  /** Where the path says whether the answer is streamed. */
  readonly streamed: boolean | undefined;
  /** How an answer is wanted, where the caller's dialect has more than one way. */
  readonly form: CallerForm | undefined;
}

/** One request for a prompt on its way: of a model, once it is read. */
export interface PromptArrived extends Arrived {
  readonly prompt: Prompt;
}

/** One request for an HTTP API on its way. */
export interface ApiArrived extends Arrival {
  readonly dialect: 'http';
  readonly operation: 'api';
  readonly matched: Matched;
  /** The connection to be passed on with it, where its caller asks for a WebSocket. */
  readonly upgrade: Upgrade | undefined;
  /** Its body as guardrails have left it; undefined where none had to read it. */
  guardedBody: Buffer | undefined;
}

/** One request for the document of what its key may call. */
export interface DocumentArrived extends Arrival {
  readonly dialect: 'http';
  readonly operation: 'document';
}

export type ApiAdmitted = ApiArrived & Identity & Admission;

export type Admitted = Arrived & Identity & Admission;

export interface Understood extends Admitted {
  readonly body: Buffer;
  readonly scanned: ScannedRequest;
  readonly route: Route;
  readonly features: readonly Feature[];
  /** It holds reasoning that is sealed for another dialect, and cannot pass as it is. */
  readonly isSealed: boolean;
  /** The request in nobody's dialect, once a target needed it. */
  intent: Intent | undefined;
}

export interface Reserved extends Understood {
  /** Those of its route that may be asked: where money is counted, those whose price is known. */
  readonly targets: readonly Target[];
}

export interface Chosen extends Reserved {
  /** In the order they will be tried; never empty. */
  readonly candidates: readonly Target[];
}

/** How one request goes to one target: as it is, or translated. */
export interface Passage {
  /** The dialect the provider is spoken to in. */
  readonly dialect: ProviderDialect;
  /** What the provider is asked for. */
  readonly operation: Operation;
  readonly body: Buffer;
  /** Undefined where bytes pass as they are. */
  readonly translation: Translation | WholeTranslation | undefined;
}

export interface Attempted extends Chosen {
  readonly target: Target;
  readonly credential: Credential;
  readonly call: UpstreamCall;
  readonly passage: Passage;
}

/** Who is asked, as the receipt names it: a model at a provider, or an upstream of an API. */
export interface Answerer {
  readonly id: string;
  /** What it is counted under in metrics, where that is not its id. */
  readonly counted?: string | undefined;
  readonly provider: { readonly name: string };
  readonly model: string;
}

/** One attempt, as the receipt tells it. */
export interface Try {
  readonly target: string;
  /** Name of the provider's credential; never its value. */
  readonly credential: string;
  /** What was known of the target when it was chosen. */
  readonly state: TargetState;
  /** `ok`, or why it failed. */
  readonly reason: string;
  /** Milliseconds until its answer could be promised, or had failed. */
  readonly ms: number;
}

/** What a request will use at most, as far as one can tell. */
export interface Expected {
  /** Tokens. */
  readonly input: number;
  readonly output: number;
  /** Billionths of a US dollar at the dearest of its targets; undefined where no price is known. */
  readonly cost: number | undefined;
}

/** What there is to say about a request when it is over; filled as it becomes known. */
export interface Receipt {
  /** Wall-clock and monotonic milliseconds of arrival. */
  readonly at: number;
  readonly arrivedAt: number;
  keyId: string | undefined;
  team: string | undefined;
  owner: string | undefined;
  model: string;
  streamed: boolean;
  target: Answerer | undefined;
  attempts: number;
  readonly tried: Try[];
  /** HTTP status told to the caller; 0 before one was. */
  status: number;
  outcome: Outcome | undefined;
  reason: string | undefined;
  readonly bill: Bill;
  /** The attempt that was last put on the bill. */
  billed: UpstreamCall | undefined;
  /** The ledger has a line that says it has begun. */
  isOpen: boolean;
  /** Undefined before anything was reserved for it. */
  expected: Expected | undefined;
  /** What guardrails did, as `name;flagged`; undefined while they have done nothing. */
  guardrails: Set<string> | undefined;
  /** Monotonic milliseconds spent waiting for upstreams before the answer began. */
  upstreamMs: number;
  /** What of the time until the answer began was the gateway's own. */
  gatewayMs: number;
  /** Milliseconds from asking the target that answered to its first byte. */
  firstMs: number | undefined;
}
