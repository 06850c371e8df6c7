import { readGuardrail, type GuardrailConfig } from '@vitalgate/contract';
import { ApiFailure, type Answer } from '@vitalgate/contract/api';
import { escapeReferences, unescapeReferences } from '../config/interpolate.ts';
import { placeOf } from '../config/secret-places.ts';
import type { Running } from '../running.ts';
import type { Store } from '../store/database.ts';
import { listKeys } from '../store/keys.ts';
import type { SecretChanges, SecretStore } from '../store/secrets.ts';
import type { Handlers } from './asked.ts';
import type { ConfigControl } from './config-control.ts';
import { ConfigObjects, type Item } from './objects.ts';
import { plain } from './plain.ts';
import { tryText } from './try-text.ts';

type GuardrailAnswer = Answer<'GET /api/guardrails/{name}'>;

interface GuardrailOptions {
  readonly store: Store;
  readonly current: () => Running;
  readonly control: ConfigControl;
  readonly vault: SecretStore;
}

/** Guardrails, of the file or made in the console, and what they would say of a text. */
export function guardrailHandlers({ store, current, control, vault }: GuardrailOptions): Handlers {
  const objects = new ConfigObjects('guardrails', 'guardrail', control);

  const tell = (name: string | undefined, versionOf: (name: string) => string): GuardrailAnswer => {
    const config = current().config.guardrails.find((one) => one.name === name);
    if (config === undefined) throw new ApiFailure('not_found', 'there is no such guardrail');
    const { name: own, action, onError } = config;
    const made = objects.find(own);
    const written = made === undefined ? config : eachText(made, unescapeReferences);
    const { name: _name, ...settings } = plain(written) as Item;
    return {
      name: own,
      managedBy: objects.isInFile(own) ? 'file' : 'console',
      action,
      onError: onError ?? (action === 'flag' ? 'allow' : 'block'),
      settings,
      version: versionOf(own),
    };
  };
  const tellOne = async (name: string | undefined): Promise<GuardrailAnswer> =>
    tell(name, await objects.versions(vault));
  /** A guardrail as the document has it, and what is changed of its secret. */
  const written = (name: string, settings: Item, before: Item) => {
    refuseUnknownKeys(read({ ...settings, name }, 'body.settings'), current());
    const { item, secret } = sealed(name, settings, before);
    const isKept = secret === undefined && refersToSecret(item);
    const secrets: SecretChanges = new Map(isKept ? [] : [[secretName(name), secret]]);
    return { item, secrets };
  };

  return {
    async 'GET /api/guardrails'() {
      const versionOf = await objects.versions(vault);
      return { items: current().config.guardrails.map(({ name }) => tell(name, versionOf)) };
    },
    'GET /api/guardrails/{name}': ({ params }) => tellOne(params['name']),
    async 'POST /api/guardrails'({ actor, body: { name, settings } }) {
      objects.refuseTaken(name);
      const { item, secrets } = written(name, settings, {});
      await objects.add(item, { author: actor.name, secrets });
      return tellOne(name);
    },
    async 'PATCH /api/guardrails/{name}'({ actor, params, body: { settings }, version }) {
      const { name = '' } = params;
      const { item: before, number } = await objects.ownWithSecrets(name, version, vault);
      const { item, secrets } = written(name, settings, before);
      await objects.change(name, undefined, () => item, { author: actor.name, secrets, number });
      return tellOne(name);
    },
    async 'DELETE /api/guardrails/{name}'({ actor, params }) {
      const { name = '' } = params;
      objects.own(name);
      // A key that names what is no more is refused everything.
      const keys = (await listKeys(store)).filter(
        (key) => key.revoked_at === null && key.settings.guardrails?.includes(name) === true,
      );
      if (keys.length > 0) {
        const some = keys.slice(0, 10).map((key) => key.name);
        throw new ApiFailure('in_use', `keys name it: ${some.join(', ')}`);
      }
      const secrets = new Map([[secretName(name), undefined]]);
      await objects.remove(name, { author: actor.name, secrets });
      return undefined;
    },
    'POST /api/guardrails/try'({ body: { draft, ...rest } }) {
      const asked =
        draft === undefined ? undefined : read({ ...draft, name: 'draft' }, 'body.draft');
      return tryText({ ...rest, draft: asked }, current());
    },
  };
}

const secretName = (guardrail: string) => `guardrails/${guardrail}/webhook`;

/** @throws {ApiFailure} `invalid_configuration` with every mistake and its place */
function read(input: Item, place: string): GuardrailConfig {
  const result = readGuardrail(input);
  if ('guardrail' in result) return result.guardrail;
  const errors = result.mistakes.map(({ path, message }) => ({
    path: [place, ...path].join('.'),
    message,
  }));
  throw new ApiFailure('invalid_configuration', `${errors[0]?.path}: ${errors[0]?.message}`, {
    errors,
  });
}

/** Keys are no part of the configuration, which checks every other name. */
function refuseUnknownKeys({ appliesTo }: GuardrailConfig, { keyring }: Running): void {
  const keys = typeof appliesTo === 'object' ? (appliesTo.keys ?? []) : [];
  const errors = keys.flatMap((key, i) =>
    keyring.all.some(({ name }) => name === key)
      ? []
      : [{ path: `body.settings.appliesTo.keys.${i}`, message: `found no key "${key}"` }],
  );
  if (errors.length === 0) return;
  throw new ApiFailure('invalid_configuration', errors[0]?.message ?? '', { errors });
}

/**
 * A guardrail as the document has it: the secret of its webhook as a reference, everything else as
 * the text it is. A secret that is left out stays, unless it would be sent to another place.
 */
function sealed(
  name: string,
  settings: Item,
  before: Item,
): { item: Item & { readonly name: string }; secret: string | undefined } {
  const reference = `\${secret:${secretName(name)}}`;
  const kept = hooksOf(before)[0];
  let secret: string | undefined;
  const detect = listOf(settings['detect']).map((one) => {
    const hook = hookOf(one);
    if (hook === undefined) return eachText(one, escapeReferences);
    const { secret: sent, ...open } = eachText(hook, escapeReferences) as Item;
    if (typeof hook['secret'] === 'string') secret = hook['secret'];
    const stays =
      sent === undefined && kept?.['secret'] !== undefined && placeOf(kept) === placeOf(open);
    return { webhook: secret !== undefined || stays ? { ...open, secret: reference } : open };
  });
  return { item: { ...(eachText(settings, escapeReferences) as Item), detect, name }, secret };
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);
const hookOf = (one: unknown): Item | undefined => (one as { webhook?: Item } | null)?.webhook;
const hooksOf = (item: Item): Item[] =>
  listOf(item['detect'])
    .map(hookOf)
    .filter((hook) => hook !== undefined);
const refersToSecret = (item: Item) => hooksOf(item).some((hook) => 'secret' in hook);

function eachText(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((one) => eachText(one, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, eachText(one, change)]),
  );
}
