import type { Value } from '@vitalgate/formats';
import type { ApiAdmitted } from '../request/exchange.ts';
import { answerBindings } from './bindings.ts';
import { latin1 } from './fields.ts';
import { withFields } from './head-lines.ts';
import { mappedFields } from './head-mappings.ts';
import { directionOf } from './shape.ts';

/** The head of an answer with what a mapping says of it. */
export async function mappedAnswerHead(
  { matched }: ApiAdmitted,
  status: number,
  head: readonly string[],
  document: Value,
): Promise<string[]> {
  const { headMappings, answerRules } = matched.api;
  const mapping = headMappings[directionOf(status)];
  if (mapping === undefined) return [...head];
  const bindings = answerBindings(status, head);
  return withFields(head, await mappedFields(mapping, document, bindings, answerRules.remove));
}

/** Whether an answer has no body, whatever its head says (RFC 9110, section 6.4.1). */
export const isBodiless = ({ request }: ApiAdmitted, status: number): boolean =>
  request.method === 'HEAD' || status === 204 || status === 304;

/** Values of `link` in a head. */
export function linksIn(headers: readonly Buffer[]): string[] {
  const links: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    if (latin1(headers[i]).toLowerCase() === 'link') links.push(latin1(headers[i + 1]));
  }
  return links;
}
