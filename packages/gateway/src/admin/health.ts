import { ApiFailure } from '@vitalgate/contract/api';
import type { Recorder } from '../history/recorder.ts';
import { uptimes } from '../history/uptimes.ts';
import type { Running } from '../running.ts';
import type { Store } from '../store/database.ts';
import { findIncident, searchIncidents, tellIncident } from '../store/incidents.ts';
import type { IncidentRow } from '../store/migrations.ts';
import type { Handlers } from './asked.ts';
import { cursorOf, readCursor } from './cursor.ts';
import { incidentOf } from './incident.ts';

/** How well it has been, and what was not. */
export function healthHandlers(current: () => Running, store: Store, history: Recorder): Handlers {
  const found = async (id: string | undefined): Promise<IncidentRow> => {
    const row = await findIncident(store, id ?? '');
    if (row === undefined) throw new ApiFailure('not_found', 'there is no such incident');
    return row;
  };
  return {
    async 'GET /api/health/uptime'({ query }) {
      return { items: await uptimes(current(), store, history, query) };
    },
    async 'GET /api/incidents'({ query: { limit, cursor, open } }) {
      const before = readCursor(cursor);
      const rows = await searchIncidents(store, { isOpen: open, before, limit: limit + 1 });
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      const isMore = rows.length > limit && last !== undefined;
      return {
        items: items.map(incidentOf),
        next: isMore ? cursorOf(last.started_at, last.id) : null,
      };
    },
    'GET /api/incidents/{id}': async ({ params }) => incidentOf(await found(params['id'])),
    async 'PATCH /api/incidents/{id}'({ actor, params, body, version }) {
      const row = await found(params['id']);
      if (String(row.version) !== version) {
        throw new ApiFailure(
          'version_changed',
          'somebody else has changed this incident meanwhile',
        );
      }
      const { title, public: isPublic, note } = body;
      const notes = JSON.parse(row.notes) as unknown[];
      const at = new Date(current().clock.wall()).toISOString();
      await tellIncident(store, row, {
        ...(title !== undefined && { title }),
        ...(isPublic !== undefined && { is_public: Number(isPublic) }),
        ...(note !== undefined && {
          notes: JSON.stringify([...notes, { at, author: actor.name, text: note }]),
        }),
      });
      return incidentOf(await found(row.id));
    },
  };
}
