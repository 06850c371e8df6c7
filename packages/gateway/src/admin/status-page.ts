import type { Answer } from '@vitalgate/contract/api';
import type { Running } from '../running.ts';
import type { StatusPage } from '../status-page/page.ts';
import { changeSettings, readSettings, versionOf } from '../status-page/settings.ts';
import type { Store } from '../store/database.ts';
import type { Handlers } from './asked.ts';

interface StatusPageOptions {
  readonly store: Store;
  readonly current: () => Running;
  readonly gatewayUrl: () => string;
  readonly page: StatusPage;
}

/** Settings of the public status page. */
export function statusPageHandlers(options: StatusPageOptions): Handlers {
  const { store, current, gatewayUrl, page } = options;
  const tell = async (): Promise<Answer<'GET /api/status-page'>> => {
    const settings = await readSettings(current(), store);
    const { enabled, title, routes } = settings;
    return {
      enabled,
      title,
      routes: routes === null ? null : [...routes],
      url: enabled ? `${gatewayUrl()}/status` : null,
      managedBy: current().config.statusPage === undefined ? 'console' : 'file',
      version: versionOf(settings),
    };
  };
  return {
    'GET /api/status-page': tell,
    async 'PUT /api/status-page'({ body, version }) {
      await changeSettings(current(), store, version, body);
      page.forget();
      return tell();
    },
  };
}
