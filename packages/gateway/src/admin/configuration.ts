import { configSchema } from '@vitalgate/contract';
import { ApiFailure, type Answer } from '@vitalgate/contract/api';
import { differences } from '../config/differences.ts';
import { withoutSecrets } from '../config/document.ts';
import { invalid } from '../config/invalid.ts';
import type { SourcedMistake } from '../config/merge.ts';
import { strayReferences } from '../config/secret-places.ts';
import type { Running } from '../running.ts';
import { findConfiguration, listConfigurations } from '../store/configurations.ts';
import type { Store } from '../store/database.ts';
import { readNumber } from './cursor.ts';
import type { Actor, Handlers } from './asked.ts';
import type { ConfigControl } from './config-control.ts';

/** The configuration: shown, tried, changed as a whole, rolled back. */
export function configurationHandlers(
  store: Store,
  current: () => Running,
  control: ConfigControl,
): Handlers {
  /** What nobody may write out is told to nobody; fields of APIs may be, for those who write them. */
  const told = (text: string, { role }: Actor) => (role === 'viewer' ? withoutSecrets(text) : text);
  const shown = (actor: Actor): Answer<'GET /api/configuration'> => {
    const { number, text, file } = control.sources();
    return {
      text: told(text, actor),
      number,
      version: String(number),
      file: file === undefined ? null : { path: file.path, text: withoutSecrets(file.text) },
      problem: current().lifecycle.configProblem ?? null,
      waits: [...control.waits()],
    };
  };
  const earlier = async (number: string | undefined) => {
    const text = await findConfiguration(store, Number(number) || 0);
    if (text === undefined) throw new ApiFailure('not_found', 'there is no such version');
    return { number: Number(number), text };
  };

  /** Of a text that was written by hand. */
  const mistakesOf = async (text: string): Promise<readonly SourcedMistake[]> => {
    const mistakes = await control.check(text);
    if (mistakes.length > 0) return mistakes;
    const stray = strayReferences(control.sources().text, text);
    return stray.map((one) => ({ ...one, source: 'console' }));
  };
  const apply = async (text: string, before: number, by: Parameters<ConfigControl['apply']>[2]) => {
    const mistakes = await mistakesOf(text);
    if (mistakes.length > 0) throw invalid(mistakes);
    await control.apply(text, before, by);
  };

  return {
    'GET /api/configuration': ({ actor }) => shown(actor),
    'GET /api/configuration/schema': () => configSchema(),
    async 'POST /api/configuration/validate'({ body }) {
      const mistakes = await mistakesOf(body.text);
      const isReadable = mistakes.length === 0;
      return {
        mistakes: mistakes.map(({ line, column, message }) => ({ line, column, message })),
        differences: isReadable ? differences(control.sources().text, body.text) : [],
      };
    },
    async 'PUT /api/configuration'({ actor, body, version }) {
      const by = { author: actor.name, note: body.note ?? null };
      await apply(body.text, Number(version), by);
      return shown(actor);
    },
    async 'GET /api/configuration/versions'({ query }) {
      const { limit, cursor } = query;
      const before = readNumber(cursor);
      const rows = await listConfigurations(store, before, limit + 1);
      const items = rows.slice(0, limit).map((row) => ({
        number: row.number,
        at: new Date(row.at).toISOString(),
        author: row.author,
        note: row.note,
      }));
      const last = items.at(-1);
      return { items, next: rows.length > limit && last ? String(last.number) : null };
    },
    async 'GET /api/configuration/versions/{number}'({ actor, params }) {
      const { number, text } = await earlier(params['number']);
      return {
        number,
        text: told(text, actor),
        differences: differences(control.sources().text, text),
      };
    },
    async 'POST /api/configuration/versions/{number}/restore'({ actor, params }) {
      const { number, text } = await earlier(params['number']);
      const by = { author: actor.name, note: `version ${number} again` };
      await apply(text, control.sources().number, by);
      return shown(actor);
    },
  };
}
