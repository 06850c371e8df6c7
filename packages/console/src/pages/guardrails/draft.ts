import type { Guardrail } from '../../api/types.ts';
import {
  settingsOf,
  valuesOf,
  type SettingField,
  type SettingValues,
  type Settings,
} from '../../ui/settings.ts';

export const scopes = ['models', 'apis', 'prompts', 'teams', 'keys'] as const;
export type Scope = (typeof scopes)[number];
export type Scopes = Readonly<Record<Scope, readonly string[]>>;
export type Side = 'both' | 'request' | 'answer';

/** A guardrail as the form holds it. */
export interface Draft {
  /** Names of what is built in. */
  readonly detect: readonly string[];
  readonly action: Guardrail['action'];
  readonly on: Side;
  readonly appliesTo: 'all' | 'named';
  /** Of `named`: what it names itself. */
  readonly scopes: Scopes;
  /** By the names of `fieldNames`. */
  readonly values: SettingValues;
  /** Settings that the form has no field for stay as they are. */
  readonly rest: Settings;
  readonly otherDetect: readonly unknown[];
}

/** What is written in fields, by kind of field. */
export const inputs = {
  words: 'lines',
  patterns: 'lines',
  restore: 'switch',
  allowWords: 'lines',
  allowPatterns: 'lines',
  threshold: 'number',
  countries: 'list',
  maxCharacters: 'number',
  onlyTools: 'switch',
  tools: 'list',
  noTools: 'list',
  onlyModels: 'switch',
  models: 'list',
  noModels: 'list',
  url: 'text',
  timeout: 'text',
  private: 'switch',
  secret: 'secret',
  onError: 'choice',
} as const satisfies Readonly<Record<string, SettingField['input']>>;
export type FieldName = keyof typeof inputs;

/** Nothing chosen: as its action has it. */
export const onErrors = ['', 'block', 'allow'] as const;

const plainFields: readonly SettingField[] = Object.entries(inputs).map(([name, input]) => ({
  name,
  input,
  label: name,
  ...(name === 'onError' && { choices: onErrors }),
}));

const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const itemOf = (value: unknown): Settings =>
  typeof value === 'object' && value !== null ? (value as Settings) : {};

const known: ReadonlySet<string> = new Set([
  'words',
  'patterns',
  'injection',
  'phone',
  'maxCharacters',
  'tools',
  'models',
  'webhook',
]);

/** What is set, in the form's fields. */
export function draftOf(settings: Settings): Draft {
  const { detect, action, on, appliesTo, restore, allow, onError, ...rest } = settings;
  const looked: unknown[] = Array.isArray(detect) ? detect : detect === undefined ? [] : [detect];
  const of = (kind: string) =>
    looked.flatMap((one) => (kind in itemOf(one) ? [itemOf(one)[kind]] : []));
  const [tools, models, webhook] = ['tools', 'models', 'webhook'].map((kind) =>
    itemOf(of(kind)[0]),
  );
  const named = itemOf(appliesTo);
  const sides = Array.isArray(on) ? textsOf(on) : typeof on === 'string' ? [on] : [];
  return {
    detect: [
      ...looked.filter((one) => typeof one === 'string'),
      ...['injection', 'phone'].filter((kind) => of(kind).length > 0),
    ],
    action: action === 'redact' || action === 'flag' ? action : 'block',
    on: sides.length === 1 ? (sides[0] === 'answer' ? 'answer' : 'request') : 'both',
    appliesTo: appliesTo === undefined || appliesTo === 'all' ? 'all' : 'named',
    scopes: {
      models: textsOf(named['models']),
      apis: textsOf(named['apis']),
      prompts: textsOf(named['prompts']),
      teams: textsOf(named['teams']),
      keys: textsOf(named['keys']),
    },
    values: valuesOf(plainFields, {
      words: of('words').flatMap(textsOf),
      patterns: of('patterns').flatMap(textsOf),
      restore,
      allowWords: itemOf(allow)['words'],
      allowPatterns: itemOf(allow)['patterns'],
      threshold: itemOf(of('injection')[0])['threshold'],
      countries: itemOf(of('phone')[0])['countries'],
      maxCharacters: of('maxCharacters')[0],
      onlyTools: tools?.['allow'] !== undefined,
      tools: tools?.['allow'],
      noTools: tools?.['deny'],
      onlyModels: models?.['allow'] !== undefined,
      models: models?.['allow'],
      noModels: models?.['deny'],
      ...webhook,
      onError,
    }),
    rest,
    otherDetect: looked.filter(
      (one) => typeof one !== 'string' && !Object.keys(itemOf(one)).some((kind) => known.has(kind)),
    ),
  };
}

/** The draft as the configuration has it; what is as it is by itself is left out. */
export function settingsOfDraft(draft: Draft): Settings {
  const { detect, action, on, appliesTo, scopes: named, rest, otherDetect } = draft;
  const { restore, onError, ...set } = settingsOf(plainFields, draft.values);
  const { words, patterns, threshold, countries, maxCharacters, url } = set;
  const { allowWords, allowPatterns } = set;
  const rule = (only: unknown, may: unknown, not: unknown) => ({
    ...(only === true && { allow: may ?? [] }),
    ...(not !== undefined && { deny: not }),
  });
  const tools = rule(set['onlyTools'], set['tools'], set['noTools']);
  const models = rule(set['onlyModels'], set['models'], set['noModels']);
  const has = (value: object) => Object.keys(value).length > 0;
  const chosen = Object.fromEntries(Object.entries(named).filter(([, names]) => names.length > 0));
  const allow = {
    ...(allowWords !== undefined && { words: allowWords }),
    ...(allowPatterns !== undefined && { patterns: allowPatterns }),
  };
  return {
    ...rest,
    on: on === 'both' ? ['request', 'answer'] : [on],
    detect: [
      ...detect.map((one) =>
        one === 'injection' && threshold !== undefined
          ? { injection: { threshold } }
          : one === 'phone' && countries !== undefined
            ? { phone: { countries } }
            : one,
      ),
      ...(words === undefined ? [] : [{ words }]),
      ...(patterns === undefined ? [] : [{ patterns }]),
      ...(has(tools) ? [{ tools }] : []),
      ...(has(models) ? [{ models }] : []),
      ...(maxCharacters === undefined ? [] : [{ maxCharacters }]),
      ...(url === undefined ? [] : [{ webhook: webhookOf(set) }]),
      ...otherDetect,
    ],
    action,
    ...(appliesTo === 'named' && { appliesTo: has(chosen) ? chosen : 'named' }),
    ...(restore === true && action === 'redact' && { restore }),
    ...(has(allow) && { allow }),
    ...(onError !== undefined && { onError }),
  };
}

const webhookOf = (set: Settings): Settings =>
  Object.fromEntries(
    ['url', 'timeout', 'private', 'secret'].flatMap((name) =>
      set[name] === undefined ? [] : [[name, set[name]]],
    ),
  );
