import type { Guardrail, Note } from '../guard/guardrail.ts';
import { Scanner, type Search } from '../guard/scanner.ts';
import type { ApiAdmitted } from '../request/exchange.ts';
import { note, refuse } from '../request/guard.ts';
import type { Running } from '../running.ts';

/**
 * Reads the path and the query of a request for an HTTP API; bodies pass unread. Nothing can be
 * taken out of an address without another being asked for, so what would be redacted is refused.
 *
 * @throws {Failure} `guardrail_blocked`
 */
export function guardAddress(admitted: ApiAdmitted, running: Running): void {
  const { key, matched } = admitted;
  const applied = running.guardrails.of(key, matched.api);
  if (applied === undefined || applied.request.search.isEmpty) return;
  const { search } = applied.request;
  const notes: Note[] = [];
  let refusing: Guardrail | undefined;
  for (const [path, text] of textsOf(matched.path, matched.query)) {
    const found = judgeText(search, path, text, notes);
    refusing ??= found;
  }
  note(notes, admitted, running);
  refuse(refusing);
}

function judgeText(
  search: Search,
  path: string,
  text: string,
  notes: Note[],
): Guardrail | undefined {
  let refusing: Guardrail | undefined;
  for (const { guardrail, kind, start, end } of new Scanner(search, 'text').push(text, true).hits) {
    if (guardrail === undefined) continue;
    const { name } = guardrail;
    const action = guardrail.action === 'flag' ? 'flag' : 'block';
    notes.push({
      guardrail: name,
      side: 'request',
      action,
      kind,
      path,
      start,
      length: end - start,
    });
    if (action === 'block') refusing ??= guardrail;
  }
  return refusing;
}

/** Segments of a path, and names and values of a query, decoded as a server decodes them. */
function* textsOf(path: string, query: string): Generator<[path: string, text: string]> {
  yield ['path', path];
  if (path.includes('%')) yield ['path', unescaped(path)];
  for (const [name, value] of new URLSearchParams(query)) {
    yield [`query.${name.slice(0, 64)}`, value];
    yield ['query', name];
    // Some servers decode twice.
    if (value.includes('%')) yield [`query.${name.slice(0, 64)}`, unescaped(value)];
  }
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
