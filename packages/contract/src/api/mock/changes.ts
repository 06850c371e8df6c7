import type { Key } from '../keys.ts';
import { ApiFailure } from '../problems.ts';
import type { Answers } from './answers.ts';
import { become } from './become.ts';
import { guardrailOf } from './guardrails.ts';
import { found, foundToChange, refuseTaken, type Asked } from './asked.ts';
import { sessionOf, type MockState } from './state.ts';

/** What changes something. */
export function changingAnswers(state: MockState): Answers {
  const at = () => new Date(state.now()).toISOString();
  const version = () => state.newId('v');
  const secret = () => `vg_${state.newId('mock').slice(5)}${state.newId('mock').slice(5)}`;
  const move =
    (to: 'resting' | 'serving' | 'drained') =>
    ({ params }: Pick<Asked<'POST /api/targets/{id}/drain'>, 'params'>) => {
      const target = found(state.targets, params['id']);
      become(target, to, state.now());
      for (const tell of state.listeners) tell('target', target);
      return target;
    };
  const signIn = (role: 'owner') => {
    state.isNew = false;
    state.session = sessionOf(state, role);
    return state.session;
  };
  const without = (
    items: ({ readonly name: string } | { readonly id: string })[],
    wanted: string | undefined,
  ) => {
    items.splice(items.indexOf(found(items, wanted)), 1);
  };

  return {
    'POST /api/setup': () => signIn('owner'),
    'POST /api/session': ({ body }) => {
      if (body.password === 'wrong') throw new ApiFailure('sign_in_failed', 'that is not right');
      if (body.email.startsWith('totp') && body.code === undefined) {
        throw new ApiFailure('second_factor_required', 'send the code too');
      }
      return signIn('owner');
    },
    'DELETE /api/session': () => {
      state.session = undefined;
      return undefined;
    },
    'DELETE /api/sessions': () => {
      state.session = undefined;
      return undefined;
    },
    'POST /api/targets/{id}/rest': move('resting'),
    'POST /api/targets/{id}/serve': move('serving'),
    'POST /api/targets/{id}/reset': move('serving'),
    'POST /api/targets/{id}/drain': move('drained'),

    'POST /api/keys': ({ body }) => {
      refuseTaken(state.keys, 'key', body.name);
      const key: Key = {
        id: state.newId('key'),
        name: body.name,
        hint: 'vg_mock',
        managedBy: 'console',
        status: 'active',
        owner: body.owner ?? null,
        team: body.team ?? null,
        models: body.models ?? null,
        prompts: body.prompts ?? null,
        apis: body.apis ?? null,
        ips: body.ips ?? null,
        limits: body.limits ?? [],
        guardrails: body.guardrails ?? [],
        createdAt: at(),
        expiresAt: body.expiresAt ?? null,
        revokedAt: null,
        lastUsedAt: null,
        version: version(),
      };
      state.keys.unshift(key);
      return { key, secret: secret() };
    },
    'PATCH /api/keys/{id}': (asked) => {
      const key = foundToChange(state.keys, asked);
      return Object.assign(key, defined(asked.body), { version: version() });
    },
    'POST /api/keys/{id}/rotate': (asked) => ({
      key: Object.assign(foundToChange(state.keys, asked), { version: version() }),
      secret: secret(),
    }),
    'POST /api/keys/{id}/revoke': (asked) => {
      const key = foundToChange(state.keys, asked);
      return Object.assign(key, { status: 'revoked', revokedAt: at(), version: version() });
    },

    'POST /api/teams': ({ body }) => {
      refuseTaken(state.teams, 'team', body.name);
      const team = {
        id: body.name,
        name: body.name,
        managedBy: 'console' as const,
        members: 0,
        keys: 0,
        spend: 0,
        models: body.models ?? null,
        limits: body.limits ?? [],
        version: version(),
      };
      state.teams.push(team);
      return team;
    },
    'PATCH /api/teams/{id}': (asked) =>
      Object.assign(foundToChange(state.teams, asked), defined(asked.body), { version: version() }),
    'DELETE /api/teams/{id}': ({ params }) => {
      const { id, keys } = found(state.teams, params['id']);
      if (keys > 0) throw new ApiFailure('in_use', `${keys} keys belong to it`);
      without(state.teams, id);
      return undefined;
    },

    'POST /api/users': ({ body }) => {
      if (state.users.some(({ email }) => email === body.email)) {
        throw new ApiFailure('already_exists', 'there is a user of this e-mail address already');
      }
      const user = {
        ...body,
        id: state.newId('user'),
        status: 'invited' as const,
        secondFactor: false,
        createdAt: at(),
        lastSeenAt: null,
        version: version(),
      };
      state.users.push(user);
      return { user, link: 'http://127.0.0.1:8081/invitation?token=mock', expiresAt: at() };
    },
    'PATCH /api/users/{id}': (asked) => {
      const { disabled, ...rest } = asked.body;
      const user = foundToChange(state.users, asked);
      if (disabled !== undefined) user.status = disabled ? 'disabled' : 'active';
      return Object.assign(user, defined(rest), { version: version() });
    },
    'DELETE /api/users/{id}': ({ params }) => {
      without(state.users, params['id']);
      return undefined;
    },

    'POST /api/providers': ({ body }) => {
      refuseTaken(state.providers, 'provider', body.name);
      const provider = {
        name: body.name,
        managedBy: 'console' as const,
        dialect: body.dialect,
        baseUrl: body.baseUrl ?? null,
        private: body.private ?? false,
        credentials: (body.credentials ?? []).map(({ name, value }) => ({
          name,
          hint: value.length > 12 ? value.slice(-4) : '',
          managedBy: 'console' as const,
          resting: null,
        })),
        settings: body.settings ?? {},
        status: 'unknown' as const,
        targets: 0,
        version: version(),
      };
      state.providers.push(provider);
      return provider;
    },
    'PATCH /api/providers/{name}': (asked) =>
      Object.assign(foundToChange(state.providers, asked), defined(asked.body), {
        version: version(),
      }),
    'DELETE /api/providers/{name}': (asked) => {
      const { name } = foundToChange(state.providers, asked);
      const user = state.models.find(({ targets }) => targets.some((one) => one.provider === name));
      if (user !== undefined) throw new ApiFailure('in_use', `the model ${user.name} uses it`);
      without(state.providers, name);
      return undefined;
    },
    'POST /api/providers/test': () => tested,
    'POST /api/providers/{name}/test': () => tested,
    'POST /api/models': ({ body }) => {
      refuseTaken(state.models, 'model', body.name);
      const model = {
        name: body.name,
        managedBy: 'console' as const,
        routing: 'ordered' as const,
        targets: body.targets.map(({ provider, model: of, ...settings }) => ({
          id: `${provider}/${of}`,
          provider,
          model: of,
          settings,
        })),
        critical: body.critical ?? false,
        settings: body.settings ?? {},
        status: 'unknown' as const,
        reason: null,
        version: version(),
      };
      state.models.push(model);
      return model;
    },
    'PATCH /api/models/{name}': (asked) => {
      const { critical, settings } = asked.body;
      const model = foundToChange(state.models, asked);
      return Object.assign(model, defined({ critical, settings }), { version: version() });
    },
    'DELETE /api/models/{name}': (asked) => {
      without(state.models, foundToChange(state.models, asked).name);
      return undefined;
    },
    'POST /api/guardrails': ({ body: { name, settings } }) => {
      refuseTaken(state.guardrails, 'guardrail', name);
      const made = guardrailOf(name, settings, version());
      state.guardrails.push(made);
      return made;
    },
    'PATCH /api/guardrails/{name}': (asked) => {
      const guardrail = foundToChange(state.guardrails, asked);
      return Object.assign(guardrail, guardrailOf(guardrail.name, asked.body.settings, version()));
    },
    'DELETE /api/guardrails/{name}': (asked) => {
      without(state.guardrails, foundToChange(state.guardrails, asked).name);
      return undefined;
    },
    'PUT /api/configuration': ({ body, ifMatch }) => {
      if (ifMatch !== String(state.configuration.number)) {
        throw new ApiFailure('version_changed', 'somebody else has changed it meanwhile');
      }
      state.configuration = { text: body.text, number: state.configuration.number + 1 };
      return {
        ...state.configuration,
        version: String(state.configuration.number),
        file: null,
        problem: null,
        waits: [],
      };
    },
    'PATCH /api/incidents/{id}': (asked) => {
      const { note, ...rest } = asked.body;
      const incident = foundToChange(state.incidents, asked);
      if (note !== undefined) {
        incident.notes.push({ at: at(), author: state.session?.name ?? '', text: note });
      }
      return Object.assign(incident, defined(rest), { version: version() });
    },
  };
}

const tested = { ok: true, ms: 84, reason: null, message: null };

/** Fields that were sent: what is left out stays as it is. */
function defined<Fields extends object>(fields: Fields) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Fields]: Exclude<Fields[Name], undefined>;
  };
}
