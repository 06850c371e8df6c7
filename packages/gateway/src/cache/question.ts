import { hash } from 'node:crypto';
import type { Reserved } from '../request/exchange.ts';

/** Fields that say who asks, and nothing of what is asked. */
const OF_CALLER: ReadonlySet<string> = new Set([
  'metadata',
  'prompt_cache_key',
  'safety_identifier',
  'user',
]);

/** Fields of the head that change what a vendor answers. */
const OF_HEAD: ReadonlySet<string> = new Set([
  'anthropic-beta',
  'anthropic-version',
  'openai-beta',
]);

type Asked = Pick<
  Reserved,
  'body' | 'route' | 'dialect' | 'operation' | 'form' | 'scanned' | 'headers' | 'targets'
>;

/**
 * A question as one that can be compared: the same bytes of hash for whatever is written otherwise
 * and means the same (order of fields, white space). Undefined for what an answer does more than
 * answer: what is kept at the vendor, or goes on there.
 */
export function questionOf(tenant: string, asked: Asked): string | undefined {
  const { body, route, dialect, operation, form, scanned, headers, targets } = asked;
  const said = JSON.parse(body.toString(), exactly) as Readonly<Record<string, unknown>>;
  if (said['store'] === true || said['background'] === true || said['conversation'] != null) {
    return undefined;
  }
  const fields = Object.entries(said).filter(([name]) => !OF_CALLER.has(name) && name !== 'model');
  const ofHead = headers.forwarded.flatMap((name, i) =>
    OF_HEAD.has(name) ? [name, headers.forwarded[i + 1]] : [],
  );
  const whole = [
    tenant,
    // The same question to other targets is another.
    route.name,
    targets.map(({ id }) => id),
    [dialect, operation, form ?? '', scanned.stream, headers.isStrict],
    ofHead,
    Object.fromEntries(fields),
  ];
  return `model ${hash('sha256', JSON.stringify(whole, sorted), 'base64url')}`;
}

/** Digits that a double loses would make two questions one. */
function exactly(_name: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || String(value) === context?.source) return value;
  return { '\u0000number': context?.source };
}

function sorted(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
  );
}
