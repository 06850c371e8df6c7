import type { Subject } from '../access/limits/rules.ts';
import type { Identified } from './exchange.ts';

/** Whom a request counts for; its model is not known before its body is read. */
export function subjectOf({ key, address, path }: Identified, model: string | undefined): Subject {
  return { key, team: key?.team, model, address, route: path };
}
