import { RE2JS } from 're2js';
import { z } from 'zod';
import { flag, httpUrl, known, name, whole } from './fields.ts';
import { mistakesOf, type ConfigMistake } from './mistakes.ts';
import { duration } from './quantities.ts';

/** The section `guardrails`: what must not go out, or come back. */

/** What is built in, and what a group of it holds. */
export const detectorGroups = {
  pii: ['card', 'iban', 'national-id', 'phone', 'email'],
  attacks: ['sql', 'command', 'xss'],
} as const;

export const detectorNames = [
  ...detectorGroups.pii,
  'secrets',
  'invisible',
  'encoded',
  'injection',
  ...detectorGroups.attacks,
] as const;
export type DetectorName = (typeof detectorNames)[number];

const names = [...detectorNames, ...(['pii', 'attacks'] as const)] as const;

const text = z.string().min(1, { error: 'expected a text, found nothing' }).max(1000);
/** RE2's syntax takes time linear in the text whatever it says, so that any pattern is safe. */
const pattern = text.superRefine((source, context) => {
  try {
    RE2JS.compile(source);
  } catch (error) {
    const message = `expected a pattern in RE2's syntax: ${(error as Error).message}`;
    context.addIssue({ code: 'custom', message });
  }
});
const texts = z.array(text).min(1).max(10_000);
const nameRule = known({
  allow: z.array(text).optional(),
  deny: z.array(text).default([]),
});

const detector = z.union(
  [
    z.enum(names),
    known({ words: texts }),
    known({ patterns: z.array(pattern).min(1).max(100) }),
    known({ tools: nameRule }),
    known({ models: nameRule }),
    known({ maxCharacters: whole(1, 1_000_000_000) }),
    /** Of the scores of all signals in one text. */
    known({ injection: known({ threshold: z.number().min(1).max(100) }) }),
    /** Countries whose national phone numbers are looked for (ISO 3166-1). */
    known({
      phone: known({
        countries: z
          .array(z.string().regex(/^[A-Z]{2}$/, { error: 'expected two capitals, such as DE' }))
          .max(20),
      }),
    }),
    known({
      webhook: known({
        url: httpUrl,
        timeout: duration().default(1000),
        private: flag.default(false),
        secret: z
          .string()
          .min(8, { error: 'expected a secret of at least 8 characters' })
          .optional(),
      }),
    }),
  ],
  {
    error: `expected one of: ${names.join(', ')}; or { words: […] }, { patterns: […] }, { tools: … }, { models: … }, { maxCharacters: 20000 }, { injection: { threshold: 5 } }, { phone: { countries: [US] } }, { webhook: { url: … } }`,
  },
);

const list = <Item extends z.ZodType>(item: Item) =>
  z.preprocess((value) => (Array.isArray(value) ? value : [value]), z.array(item).min(1).max(50));

const unredactable: ReadonlySet<string> = new Set([
  'injection',
  'tools',
  'models',
  'maxCharacters',
  'webhook',
]);

const action = z.enum(['block', 'redact', 'flag'], {
  error: 'expected one of: block, redact, flag',
});

const scope = z.array(name).min(1, { error: 'expected at least one name' }).max(1000).optional();
const appliesTo = z.union(
  [
    z.enum(['all', 'named']),
    known({ models: scope, apis: scope, prompts: scope, teams: scope, keys: scope }).refine(
      (named) => Object.values(named).some((names) => names !== undefined),
    ),
  ],
  {
    error:
      'expected all, named, or { models: […], apis: […], prompts: […], teams: […], keys: […] } with one of them',
  },
);

export const guardrail = checked(
  known({
    name,
    on: list(z.enum(['request', 'answer'], { error: 'expected one of: request, answer' })).default([
      'request',
      'answer',
    ]),
    detect: list(detector),
    action,
    /** `named`: only where a key, team, model or API names it; or those it names itself, too. */
    appliesTo: appliesTo.default('all'),
    /** What was redacted is put back where the answer repeats its placeholder. */
    restore: flag.default(false),
    /** Finds that are left alone. */
    allow: known({
      words: z.array(text).default([]),
      patterns: z.array(pattern).max(100).default([]),
    }).prefault({}),
    /** When it cannot judge: absent, a guardrail that flags lets pass, and others do not. */
    onError: z.enum(['block', 'allow'], { error: 'expected one of: block, allow' }).optional(),
  }),
);

/** What has no place in the text cannot be taken out of it. */
function checked<
  Schema extends z.ZodType<{ action: string; restore: boolean; detect: readonly unknown[] }>,
>(schema: Schema): Schema {
  return schema.superRefine(({ action: wanted, restore, detect }, context) => {
    const issue = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    const kindOf = (one: unknown) =>
      typeof one === 'string' ? one : (Object.keys(one as object)[0] ?? '');
    // Of each there is one; a second would be read by nobody.
    for (const kind of ['webhook', 'tools', 'models', 'maxCharacters']) {
      if (detect.filter((one) => kindOf(one) === kind).length < 2) continue;
      issue(['detect'], `found ${kind} twice; expected it once`);
    }
    if (restore && wanted !== 'redact') issue(['restore'], 'goes with action: redact only');
    if (wanted !== 'redact') return;
    for (const [i, one] of detect.entries()) {
      const kind = kindOf(one);
      if (!unredactable.has(kind)) continue;
      issue(['detect', i], `found ${kind}, which cannot be redacted; use action: block or flag`);
    }
  });
}

/** Reads one guardrail as a value, or tells every mistake in it but those of what it refers to. */
export function readGuardrail(
  input: unknown,
): { guardrail: GuardrailConfig } | { mistakes: ConfigMistake[] } {
  const result = guardrail.safeParse(input);
  if (result.success) return { guardrail: result.data };
  return { mistakes: mistakesOf(result.error) };
}

interface Guarded {
  readonly name: string;
  readonly guardrails?: string[] | undefined;
}

/** A configuration in which what a guardrail names itself names the guardrail, as if it had been written there. */
export function withScopes<
  Of extends Readonly<
    Record<'models' | 'apis' | 'prompts' | 'teams', readonly Guarded[]> & {
      guardrails: readonly GuardrailConfig[];
    }
  >,
>(config: Of): Of {
  const scoped = <Item extends Guarded>(
    section: 'models' | 'apis' | 'prompts' | 'teams',
    items: readonly Item[],
  ): Item[] =>
    items.map((item) => {
      const names = config.guardrails.flatMap(({ name: own, appliesTo: to }) =>
        typeof to === 'object' && to[section]?.includes(item.name) === true ? [own] : [],
      );
      if (names.length === 0) return item;
      return { ...item, guardrails: [...new Set([...(item.guardrails ?? []), ...names])] };
    });
  return {
    ...config,
    models: scoped('models', config.models),
    apis: scoped('apis', config.apis),
    prompts: scoped('prompts', config.prompts),
    teams: scoped('teams', config.teams),
  };
}

export type GuardrailConfig = z.output<typeof guardrail>;
export type DetectorConfig = GuardrailConfig['detect'][number];
