import { createHash } from 'node:crypto';
import { ApiFailure } from '@vitalgate/contract/api';
import type { Running } from '../running.ts';
import type { Store } from '../store/database.ts';
import { loadState, replaceState } from '../store/state.ts';

export interface StatusSettings {
  readonly enabled: boolean;
  readonly title: string;
  /** Null: all. */
  readonly routes: readonly string[] | null;
}

const NAME = 'status-page';
const OFF: StatusSettings = { enabled: false, title: 'Status', routes: null };

/** What the file says, or where it says nothing, what was set in the console: off at first. */
export async function readSettings({ config }: Running, store: Store): Promise<StatusSettings> {
  const { statusPage } = config;
  if (statusPage !== undefined) return { ...statusPage, routes: statusPage.routes ?? null };
  return ((await loadState(store, NAME)) as StatusSettings | undefined) ?? OFF;
}

export const versionOf = (settings: StatusSettings): string =>
  createHash('sha256').update(JSON.stringify(settings)).digest('base64url').slice(0, 16);

/** @throws {ApiFailure} `managed_by_file`, `version_changed`, or for a route that there is not */
export async function changeSettings(
  running: Running,
  store: Store,
  version: string,
  next: StatusSettings,
): Promise<void> {
  if (running.config.statusPage !== undefined) {
    throw new ApiFailure('managed_by_file', 'it is in the configuration file; change it there');
  }
  const before = (await loadState(store, NAME)) as StatusSettings | undefined;
  if (versionOf(before ?? OFF) !== version) throw changed();
  const strange = next.routes?.find((name) => !running.routes.has(name) && !running.apis.has(name));
  if (strange !== undefined) {
    const message = `found "${strange}", expected names of models and APIs`;
    throw new ApiFailure('invalid_request', message, {
      errors: [{ path: 'body.routes', message }],
    });
  }
  if (!(await replaceState(store, NAME, before, next))) throw changed();
}

const changed = () => new ApiFailure('version_changed', 'somebody else has changed it meanwhile');
