import type { Value } from '@vitalgate/formats';
import type { ApiAdmitted } from '../request/exchange.ts';
import { carriesKey } from './fields.ts';
import type { Bindings } from './head-mappings.ts';

export function requestBindings({ request, headers, key, matched }: ApiAdmitted): Bindings {
  const secret = key === undefined ? undefined : headers.credential;
  const fields = Object.entries(request.headers).filter(
    // The key is between the caller and us, whatever a mapping makes of it.
    ([name, value]) => !name.startsWith(':') && !carriesKey(name, String(value), secret),
  );
  return {
    method: request.method ?? '',
    path: matched.path,
    query: grouped(new URLSearchParams(matched.query)),
    headers: grouped(fields.flatMap(([name, value]) => [value].flat().map((one) => [name, one]))),
  };
}

/** `head` is names and values in turn. */
export function answerBindings(status: number, head: readonly string[]): Bindings {
  const fields: [string, string][] = [];
  for (let i = 0; i < head.length; i += 2) fields.push([head[i] ?? '', head[i + 1] ?? '']);
  return { status, headers: grouped(fields) };
}

/** A name that comes once has a text, one that comes more often a list. */
function grouped(pairs: Iterable<readonly (string | undefined)[]>): Record<string, Value> {
  const groups = new Map<string, string[]>();
  for (const [name = '', value = ''] of pairs) {
    if (name === '__proto__') continue;
    const known = groups.get(name);
    if (known === undefined) groups.set(name, [value]);
    else known.push(value);
  }
  return Object.fromEntries(
    [...groups].map(([name, values]) => [name, values.length === 1 ? (values[0] ?? '') : values]),
  );
}
