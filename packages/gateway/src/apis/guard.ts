import { unreadBy } from '../guard/api-answer.ts';
import { bodyReading } from '../guard/api-bodies.ts';
import type { Guardrail, Note } from '../guard/guardrail.ts';
import { judge } from '../guard/judge.ts';
import { Placeholders } from '../guard/placeholders.ts';
import { Scanner } from '../guard/scanner.ts';
import type { Search } from '../guard/search.ts';
import { askAll } from '../guard/webhook.ts';
import { readBody, tooLarge } from '../request/body.ts';
import type { ApiAdmitted, ApiArrived } from '../request/exchange.ts';
import { note, refuse } from '../request/guard.ts';
import type { Running } from '../running.ts';
import { hasBody, isPlain } from './message.ts';

/**
 * Reads what a request for an HTTP API says: its path, its query and its body, and the protocols
 * that one for a WebSocket names, which clients without other fields use for what they have to say.
 *
 * @throws {Failure} `guardrail_blocked`, `request_too_large`
 */
export async function guardApi(admitted: ApiAdmitted, running: Running): Promise<void> {
  const { key, matched } = admitted;
  const applied = running.guardrails.of(key, matched.api);
  if (applied === undefined) return;
  admitted.guarding = { applied, placeholders: new Placeholders() };
  const { guardrails } = applied.request;
  if (guardrails.length === 0) return;
  guardAddress(admitted, applied.request.search, running);
  const texts = await guardBody(admitted, running);
  if (guardrails.every(({ webhook }) => webhook === undefined)) return;
  const said = [...textsOf(admitted)].map(([, text]) => text);
  const asked = await askAll({ guardrails, side: 'request' }, [...said, ...texts]);
  note(asked.notes, admitted, running);
  refuse(asked.blockedBy);
}

/** Whether guardrails read what comes back. */
export function readsAnswers({ guarding }: Pick<ApiArrived, 'guarding'>): boolean {
  if (guarding === undefined) return false;
  return guarding.applied.answer.guardrails.length > 0 || !guarding.placeholders.isEmpty;
}

/** Reads the body whole and takes out of it what may not pass; gives its texts. */
async function guardBody(admitted: ApiAdmitted, running: Running): Promise<readonly string[]> {
  const { guarding, headers, matched } = admitted;
  const { guardrails, search } = guarding?.applied.request ?? {};
  if (guarding === undefined || guardrails === undefined || search === undefined) return [];
  if (!hasBody(admitted)) return [];
  if (!isPlain(headers.contentEncoding)) {
    refuse(unreadBy(guardrails));
    return [];
  }
  const { maxBody, bodyTimeout } = running.config.server;
  const limit = Math.min(matched.api.maxBody ?? maxBody, maxBody);
  if ((headers.contentLength ?? 0) > limit) throw tooLarge(limit);
  const body = await readBody(admitted, limit, bodyTimeout, running);
  admitted.guardedBody = body;
  if (body.length === 0) return [];
  const { placeholders } = guarding;
  const read = bodyReading(headers.contentType ?? '', 'request');
  const judged = await judge({ read, side: 'request', guardrails, search, placeholders }, body);
  note(judged.notes, admitted, running);
  refuse(judged.blockedBy);
  admitted.guardedBody = judged.bytes;
  return judged.texts;
}

/**
 * Nothing can be taken out of an address without another being asked for, so what would be redacted
 * is refused.
 */
function guardAddress(admitted: ApiAdmitted, search: Search, running: Running): void {
  if (search.isEmpty) return;
  const notes: Note[] = [];
  let refusing: Guardrail | undefined;
  for (const [place, text] of textsOf(admitted)) {
    const found = judgeText(search, place, text, notes);
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
function* textsOf({ matched, upgrade, request }: ApiAdmitted): Generator<[string, string]> {
  const { path, query } = matched;
  const protocols = upgrade && request.headers['sec-websocket-protocol'];
  if (protocols !== undefined) yield ['sec-websocket-protocol', protocols];
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
