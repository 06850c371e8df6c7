import { ApiFailure, type Answer } from '@vitalgate/contract/api';
import type { Running } from '../running.ts';
import type { Store } from '../store/database.ts';
import { findCapture } from '../store/captures.ts';
import { erase } from '../store/erase.ts';
import { findRequest, searchRequests } from '../store/requests.ts';
import type { Actor, Handlers } from './asked.ts';
import { cursorOf, readCursor } from './cursor.ts';
import { inTime } from './in-time.ts';
import { receiptOf } from './receipt.ts';
import { seesTeam, teamsOf } from './scope.ts';

/** Requests as receipts: search, one by the id its caller was told, and one to send again. */
export function requestHandlers({
  store,
  current,
  gatewayUrl,
  refresh,
}: {
  readonly store: Store;
  readonly current: () => Running;
  readonly gatewayUrl: () => string;
  /** Takes up what has changed in the store. */
  readonly refresh: () => Promise<void>;
}): Handlers {
  const find = async (actor: Actor, id: string | undefined) => {
    const row = await findRequest(store, id ?? '');
    if (row === undefined || !seesTeam(actor, row.team)) {
      throw new ApiFailure('not_found', 'there is no request of this id');
    }
    return receiptOf(row, current().keyring.names);
  };
  return {
    async 'GET /api/requests'({ actor, query }) {
      const { limit, cursor, since, until, ...rest } = query;
      const looking = searchRequests(store, {
        ...rest,
        teams: teamsOf(actor),
        since: since === undefined ? 0 : Date.parse(since),
        until: until === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(until),
        before: readCursor(cursor),
        limit: limit + 1,
      });
      const rows = await inTime(current().clock, looking);
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      return {
        items: items.map((row) => receiptOf(row, current().keyring.names)),
        next: rows.length > limit && last !== undefined ? cursorOf(last.at, last.id) : null,
      };
    },
    'GET /api/requests/{id}': ({ actor, params }) => find(actor, params['id']),
    async 'GET /api/requests/{id}/capture'({ params }) {
      const look = () => findCapture(store, params['id'] ?? '');
      // What has just been said may wait to be written.
      const row = (await look()) ?? (await current().captures.settled().then(look));
      if (row === undefined) throw new ApiFailure('not_found', 'nothing was kept of this request');
      const { id, at, request, answer, redacted } = row;
      const names = redacted === '' ? [] : redacted.split(',');
      return { id, at: new Date(at).toISOString(), request, answer, redacted: names };
    },
    async 'DELETE /api/captures'({ query }) {
      const { until, ...rest } = query;
      const before = until === undefined ? undefined : Date.parse(until);
      // What waits to be written would come after.
      await current().captures.settled();
      const erased = await erase(store, { ...rest, until: before });
      await refresh();
      return { erased };
    },
    'GET /api/requests/{id}/replay': async ({ actor, params }) => ({
      curl: curlOf(await find(actor, params['id']), gatewayUrl()),
    }),
  };
}

/** Where a dialect's requests go, and how its bodies begin; bodies themselves are not kept. */
const SHAPES: Readonly<Record<string, { path: string; body: (model: string) => object }>> = {
  'openai-chat': {
    path: '/v1/chat/completions',
    body: (model) => ({ model, messages: [{ role: 'user', content: 'YOUR TEXT' }] }),
  },
  'openai-responses': { path: '/v1/responses', body: (model) => ({ model, input: 'YOUR TEXT' }) },
  anthropic: {
    path: '/v1/messages',
    body: (model) => ({
      model,
      max_tokens: 1024,
      messages: [{ role: 'user', content: 'YOUR TEXT' }],
    }),
  },
  gemini: {
    path: '/v1beta/models/{model}:generateContent',
    body: () => ({ contents: [{ role: 'user', parts: [{ text: 'YOUR TEXT' }] }] }),
  },
  ollama: {
    path: '/api/chat',
    body: (model) => ({ model, messages: [{ role: 'user', content: 'YOUR TEXT' }] }),
  },
};

/** A line for a POSIX shell. The model's name is a caller's text: nothing in it may end the quotes. */
function curlOf(
  { dialect, model, streamed }: Answer<'GET /api/requests/{id}'>,
  gatewayUrl: string,
): string {
  const shape = SHAPES[dialect];
  if (shape === undefined) {
    throw new ApiFailure('not_found', `a request of ${dialect} cannot be told as one of curl`);
  }
  const { path, body } = shape;
  const json = JSON.stringify({ ...body(model), ...(streamed && { stream: true }) });
  const url = gatewayUrl + path.replace('{model}', () => encodeURIComponent(model));
  return [
    `curl ${quoted(url)}`,
    '-H "Authorization: Bearer $VITALGATE_KEY"',
    "-H 'Content-Type: application/json'",
    `-d ${quoted(json)}`,
  ].join(' ');
}

const quoted = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;
