import { duration } from './quantities.ts';
import { httpUrl, known } from './fields.ts';

/** The section `console`: how people come to it and how long they stay signed in. */
export const console = known({
  /** Where people open it, when a proxy stands before it: links lead there. */
  url: httpUrl.optional(),
  idleTimeout: duration().default(30 * 60_000),
  sessionTimeout: duration().default(12 * 60 * 60_000),
});
