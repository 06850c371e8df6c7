import type { Subject } from '../access/limits/rules.ts';
import type { ApiArrived, Arrival, Identity } from './exchange.ts';

type Counted = Arrival & Identity & Partial<Pick<ApiArrived, 'matched'>>;

/** Whom a request counts for; its model is not known before its body is read. */
export function subjectOf(
  { key, address, path, matched, prompt }: Counted,
  model: string | undefined,
): Subject {
  const api = matched?.api.name;
  return { key, team: key?.team, model, address, route: path, api, prompt: prompt?.name };
}
