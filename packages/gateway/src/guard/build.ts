import { detectorGroups, type DetectorConfig, type GuardrailConfig } from '@vitalgate/contract';
import { lookingFor } from './detectors.ts';
import type { Guardrail, Looks, NameRule, One } from './guardrail.ts';

/** Makes a guardrail of a configuration, but for the judge that it may ask. */
export function buildGuardrail(config: GuardrailConfig): Guardrail {
  const { name, action, allow } = config;
  const looks: Looks = { detect: config.detect.flatMap(singly), allow, action };
  return {
    name,
    looks,
    on: new Set(config.on),
    action,
    restore: config.restore,
    ...lookingFor(looks),
    maxCharacters: settingsOf(config, 'maxCharacters')[0],
    tools: ruleOf(settingsOf(config, 'tools')),
    models: ruleOf(settingsOf(config, 'models')),
    webhook: undefined,
    onError: config.onError ?? (action === 'flag' ? 'allow' : 'block'),
  };
}

const singly = (one: DetectorConfig): readonly One[] =>
  one === 'pii' || one === 'attacks' ? detectorGroups[one] : [one];

type Of<Key extends string> = Extract<DetectorConfig, Readonly<Record<Key, unknown>>>[Key &
  keyof Extract<DetectorConfig, Readonly<Record<Key, unknown>>>];
type NameConfig = Of<'tools'>;

/** What a guardrail says of things that are no detectors. */
interface Settings {
  readonly webhook: Of<'webhook'>;
  readonly maxCharacters: Of<'maxCharacters'>;
  readonly tools: NameConfig;
  readonly models: NameConfig;
}

export const settingsOf = <Key extends keyof Settings>(
  { detect }: GuardrailConfig,
  key: Key,
): readonly Settings[Key][] =>
  detect.flatMap((one) =>
    typeof one === 'object' && key in one ? [(one as unknown as Settings)[key]] : [],
  );

function ruleOf(rules: readonly NameConfig[]): NameRule | undefined {
  const [rule] = rules;
  if (rule === undefined) return undefined;
  const { allow, deny } = rule;
  return { allow: allow === undefined ? undefined : new Set(allow), deny: new Set(deny) };
}
