import { ApiFailure, type Answer } from '@vitalgate/contract/api';
import { modelHealth } from '../health-view.ts';
import type { Running } from '../running.ts';
import type { ConfigControl } from './config-control.ts';
import type { Actor, Handlers } from './asked.ts';
import { ConfigObjects, type Item } from './objects.ts';
import { plain, withoutCredentials } from './plain.ts';

type ModelAnswer = Answer<'GET /api/models/{name}'>;
type ApiAnswer = Answer<'GET /api/apis/{name}'>;

/** Models that callers name, and HTTP APIs. */
export function routeHandlers(current: () => Running, control: ConfigControl): Handlers {
  const models = new ConfigObjects('models', 'model', control);
  const apis = new ConfigObjects('apis', 'HTTP API', control);

  const model = (name: string | undefined): ModelAnswer => {
    const running = current();
    const config = running.config.models.find((one) => one.name === name);
    const route = running.routes.get(name ?? '');
    if (config === undefined || route === undefined) {
      throw new ApiFailure('not_found', 'there is no such model');
    }
    const { routing, critical, targets, name: own, ...settings } = config;
    const { status, reason } = modelHealth(route, running);
    return {
      name: own,
      managedBy: models.isInFile(own) ? 'file' : 'console',
      routing,
      critical,
      targets: targets.map(({ provider, model: of, ...rest }) => ({
        id: `${provider}/${of}`,
        provider,
        model: of,
        settings: plain(rest) as Record<string, unknown>,
      })),
      settings: plain(models.isInFile(own) ? settings : without(models.find(own))) as Item,
      status,
      reason: reason ?? null,
      version: models.versionOf(own),
    };
  };
  const api = (name: string | undefined, { role }: Actor): ApiAnswer => {
    const running = current();
    const config = running.config.apis.find((one) => one.name === name);
    const built = running.apis.get(name ?? '');
    if (config === undefined || built === undefined) {
      throw new ApiFailure('not_found', 'there is no such HTTP API');
    }
    const { name: own, path, upstreams, ...settings } = config;
    const health = running.tracker.snapshot();
    const { status, reason } = modelHealth(built, running);
    const isInFile = apis.isInFile(own);
    const shown = plain(isInFile ? settings : without(apis.find(own)));
    return {
      name: own,
      managedBy: isInFile ? 'file' : 'console',
      path,
      upstreams: built.targets.map(({ id }, i) => ({
        url: upstreams[i]?.url.href ?? id,
        status: health.get(id)?.status ?? 'unknown',
      })),
      settings: (isInFile || role === 'viewer' ? withoutCredentials(shown) : shown) as Item,
      status,
      reason: reason ?? null,
      broken: [...(built.source?.broken ?? [])],
      version: apis.versionOf(own),
    };
  };

  return {
    'GET /api/models': () => ({ items: current().config.models.map(({ name }) => model(name)) }),
    'GET /api/models/{name}': ({ params }) => model(params['name']),
    async 'POST /api/models'({ actor, body }) {
      const { settings, ...rest } = body;
      await models.add({ ...settings, ...defined(rest), name: body.name }, author(actor));
      return model(body.name);
    },
    async 'PATCH /api/models/{name}'({ actor, params, body, version }) {
      const { settings, ...rest } = body;
      const name = params['name'] ?? '';
      await models.change(
        name,
        version,
        (before) => ({
          ...(settings === undefined ? before : { ...kept(before), ...settings }),
          ...defined(rest),
        }),
        author(actor),
      );
      return model(name);
    },
    async 'DELETE /api/models/{name}'({ actor, params }) {
      await models.remove(params['name'] ?? '', author(actor));
      return undefined;
    },
    'GET /api/apis': ({ actor }) => ({
      items: current().config.apis.map(({ name }) => api(name, actor)),
    }),
    'GET /api/apis/{name}': ({ actor, params }) => api(params['name'], actor),
    async 'POST /api/apis'({ actor, body }) {
      await apis.add({ ...body.settings, name: body.name }, author(actor));
      return api(body.name, actor);
    },
    async 'PATCH /api/apis/{name}'({ actor, params, body, version }) {
      const name = params['name'] ?? '';
      await apis.change(name, version, () => body.settings, author(actor));
      return api(name, actor);
    },
    async 'DELETE /api/apis/{name}'({ actor, params }) {
      await apis.remove(params['name'] ?? '', author(actor));
      return undefined;
    },
  };
}

const author = ({ name }: { readonly name: string }) => ({ author: name });

/** What has fields of its own in the answer is no setting. */
const OWN = new Set(['name', 'routing', 'targets', 'critical', 'path', 'upstreams']);
const without = (item: Item = {}) =>
  Object.fromEntries(Object.entries(item).filter(([name]) => !OWN.has(name)));
const kept = (item: Item) =>
  Object.fromEntries(Object.entries(item).filter(([name]) => OWN.has(name)));

const defined = (fields: object) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
