import {
  detectorGroups,
  type DetectorConfig,
  type DetectorName,
  type GuardrailConfig,
} from '@vitalgate/contract';
import type { Clock } from '@vitalgate/health';
import type { Deadlines } from '../upstream/deadlines.ts';
import type { Detector } from './detector.ts';
import { command, sql, xss } from './detect/attacks.ts';
import { cards } from './detect/cards.ts';
import { emails } from './detect/emails.ts';
import { ciphers, encoded } from './detect/encoded.ts';
import { ibans } from './detect/ibans.ts';
import { injection } from './detect/injection.ts';
import { invisible } from './detect/invisible.ts';
import { allowance, patternList, wordList } from './detect/lists.ts';
import { nationalIds } from './detect/national-ids.ts';
import { phones } from './detect/phones.ts';
import { secrets, urlPasswords } from './detect/secrets.ts';
import type { Guardrail, NameRule } from './guardrail.ts';
import { webhook } from './webhook.ts';

/** The sum of signals that ordinary texts stay below; docs/guardrails.md has the rates. */
export const INJECTION_THRESHOLD = 5;

const builtIn: Readonly<Record<DetectorName, readonly Detector[]>> = {
  card: [cards],
  iban: [ibans],
  'national-id': [nationalIds],
  phone: [phones(['US'])],
  email: [emails],
  secrets: [secrets, urlPasswords],
  invisible: [invisible],
  encoded: [encoded, ...ciphers],
  injection: [injection(INJECTION_THRESHOLD)],
  sql: [sql],
  command: [command],
  xss: [xss],
};

interface Parts {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
}

/** Makes the guardrails of a configuration. */
export function buildGuardrail(config: GuardrailConfig, parts: Parts): Guardrail {
  const { name, action, allow } = config;
  const of = <Name extends string>(key: Name) =>
    config.detect.flatMap((one) =>
      typeof one === 'object' && key in one ? [(one as unknown as Record<Name, unknown>)[key]] : [],
    );
  const [hook] = of('webhook') as HookConfig[];
  const isAllowed = allow.words.length + allow.patterns.length > 0;
  return {
    name,
    on: new Set(config.on),
    action,
    restore: config.restore,
    detectors: config.detect.flatMap(detectorsOf),
    isAllowed: isAllowed ? allowance(allow.words, allow.patterns) : undefined,
    maxCharacters: (of('maxCharacters') as number[])[0],
    tools: ruleOf(of('tools') as NameConfig[]),
    models: ruleOf(of('models') as NameConfig[]),
    webhook:
      hook === undefined
        ? undefined
        : webhook(
            {
              url: hook.url,
              timeoutMs: hook.timeout,
              mayBePrivate: hook.private,
              secret: hook.secret,
            },
            parts,
          ),
    onError: config.onError ?? (action === 'flag' ? 'allow' : 'block'),
  };
}

type Of<Key extends string> = Extract<DetectorConfig, Readonly<Record<Key, unknown>>>[Key &
  keyof Extract<DetectorConfig, Readonly<Record<Key, unknown>>>];
type HookConfig = Of<'webhook'>;
type NameConfig = Of<'tools'>;

function detectorsOf(one: DetectorConfig): readonly Detector[] {
  if (one === 'pii' || one === 'attacks')
    return detectorGroups[one].flatMap((each) => builtIn[each]);
  if (typeof one === 'string') return builtIn[one];
  if ('words' in one) return [wordList('word', one.words)];
  if ('patterns' in one) return [patternList('pattern', one.patterns)];
  if ('injection' in one) return [injection(one.injection.threshold)];
  if ('phone' in one) return [phones(one.phone.countries)];
  return [];
}

function ruleOf(rules: readonly NameConfig[]): NameRule | undefined {
  const [rule] = rules;
  if (rule === undefined) return undefined;
  const { allow, deny } = rule;
  return { allow: allow === undefined ? undefined : new Set(allow), deny: new Set(deny) };
}
