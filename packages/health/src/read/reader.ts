/**
 * Makes a reader of what one format's body says. The HTTP status is weighed here, for all formats
 * alike: where it and the body contradict each other the worse counts, and that they do is told.
 */
import type { Status } from '../status.ts';
import { first, pageOf, type Page } from './page.ts';
import type { Format, Read, Told } from './told.ts';
import { meaning, worseOf, type Word } from './words.ts';

/** What a body says, before the code is heard. */
export interface Statement extends Partial<Omit<Read, 'format' | 'disagrees' | 'status'>> {
  /** Undefined when the body says nothing of health, so that the code alone counts. */
  readonly status: Status | undefined;
  /** What the code, or the exit code, means in this format, when not what it means in HTTP. */
  readonly coded?: Word;
  /** Is answered with 200 however things are, so that 200 contradicts nothing. */
  readonly isAlwaysOk?: boolean;
}

export interface Reader {
  readonly format: Format;
  /** Whether it looks like this format. */
  readonly claims: (page: Page) => boolean;
  /** Reads it as this format, whatever it looks like. Never throws. */
  readonly read: (told: Told) => Read;
  /** The same of an answer that is prepared already. */
  readonly readPage: (page: Page) => Read;
}

export function reader(
  format: Format,
  claims: (page: Page) => boolean,
  state: (page: Page) => Statement,
): Reader {
  const readPage = (page: Page): Read => conclude(format, page, statement(page, state));
  return { format, claims, readPage, read: (told) => readPage(pageOf(told)) };
}

/** A body that is not of the format it should be. */
export const malformed: Statement = { status: 'unknown', reason: 'malformed_body' };

function statement(page: Page, state: (page: Page) => Statement): Statement {
  return page.isTooLong ? { status: 'unknown', reason: 'body_too_long' } : state(page);
}

const MAX_COMPONENTS = 1_000;
const MAX_OUTPUT = 4_096;

function conclude(format: Format, page: Page, told: Statement): Read {
  const {
    coded: _coded,
    isAlwaysOk: _isAlwaysOk,
    status: _status,
    reason: _reason,
    components = [],
    output,
    ...rest
  } = told;
  const judged = weigh(page, told);
  const urged = urge(page);
  const isWorse = urged !== undefined && worseOf(judged.status, urged.status) !== judged.status;
  const { status, reason } = isWorse ? urged : judged;
  return {
    format,
    disagrees: judged.disagrees,
    said: undefined,
    name: undefined,
    description: undefined,
    version: undefined,
    releaseId: undefined,
    notes: [],
    links: {},
    groups: [],
    extra: {},
    ...rest,
    status,
    reason: status === 'pass' ? undefined : (reason ?? 'failed'),
    components: components.slice(0, MAX_COMPONENTS),
    output: output?.slice(0, MAX_OUTPUT),
  };
}

function weigh({ code }: Page, told: Statement): Word & { readonly disagrees: boolean } {
  const { status: said, reason } = told;
  const coded = told.coded ?? (code === undefined ? undefined : meaning(code));
  if (said === undefined) {
    const silent = { status: 'unknown', reason: reason ?? 'nothing_told' } as const;
    return { ...(coded ?? silent), disagrees: false };
  }
  // A redirect with a body says nothing of its own; 429 with a warning is meant for Consul.
  const isVain = told.coded === undefined && (coded?.status === 'unknown' || isWarned(code, said));
  if (coded === undefined || isVain) return { status: said, reason, disagrees: false };
  const disagrees =
    (coded.status === 'pass' && said === 'fail' && told.isAlwaysOk !== true) ||
    (coded.status === 'fail' && (said === 'pass' || said === 'warn'));
  const status = worseOf(said, coded.status);
  // Whoever is starting says so with 503, and it is the better reason of the two.
  const isTold = status === said || reason === 'starting';
  return { status, reason: isTold ? reason : coded.reason, disagrees };
}

const isWarned = (code: number | undefined, said: Status): boolean =>
  code === 429 && said === 'warn';

/**
 * Headers that any answer may carry: the envoy of the other side asks to be left out, or to be
 * used only when nothing better is there (Envoy's health checking and router documentation).
 */
function urge({ headers }: Page): Word | undefined {
  if (first(headers['x-envoy-immediate-health-check-fail']) !== undefined)
    return { status: 'fail', reason: 'immediate_fail' };
  if (first(headers['x-envoy-degraded']) !== undefined)
    return { status: 'warn', reason: 'degraded' };
  return undefined;
}
