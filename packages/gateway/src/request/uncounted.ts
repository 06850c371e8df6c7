import type { UpstreamCall } from '../upstream/call.ts';
import type { Understood } from './exchange.ts';

/**
 * Whether a target was asked to count tokens and does not know how: many servers speak a vendor's
 * dialect without its counting, and answer that there is no such path. That says nothing about the
 * model; a vendor who does not know the model names it.
 */
export function isUncounted(
  { operation }: Pick<Understood, 'operation'>,
  { status, verdict, isAboutModel }: UpstreamCall,
): boolean {
  if (operation !== 'count-tokens') return false;
  return status === 404 || status === 405 ? !isAboutModel : verdict.reason === 'uncountable';
}
