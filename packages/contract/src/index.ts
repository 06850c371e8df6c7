export { channelSecrets, type AlertChannelConfig, type AlertRuleConfig } from './alerts.ts';
export type { ApiConfig, UpstreamConfig } from './apis.ts';
export type { ModelCacheConfig } from './cache.ts';
export {
  configSchema,
  MAX_OUTPUT,
  readConfig,
  type Config,
  type KeyConfig,
  type ModelConfig,
  type ProviderConfig,
  type ProviderDialect,
  type TimeoutsConfig,
} from './config.ts';
export type { CaptureConfig } from './capture.ts';
export type { AwsKey, CredentialConfig } from './credentials.ts';
export {
  Failure,
  failureKinds,
  StartFailure,
  startFailureKinds,
  type FailureCode,
  type FailureKind,
  type Mistake,
  type StartFailureCode,
} from './failures.ts';
export type { CalendarPeriod, LimitConfig } from './limits.ts';
export type { LocalModelConfig } from './local-model.ts';
export type { PriceConfig } from './prices.ts';
export type { PromptConfig } from './prompts.ts';
export {
  detectorGroups,
  detectorNames,
  readGuardrail,
  type DetectorConfig,
  type DetectorName,
  type GuardrailConfig,
} from './guardrails.ts';
export type { JwtIssuerConfig } from './jwt.ts';
export type { NetworkRuleConfig } from './listener-rules.ts';
export type { Address } from './quantities.ts';
export { readKeySettings, type KeySettings, type KeySettingsText } from './key-settings.ts';
export type { ConfigMistake } from './mistakes.ts';
export type { SoapConfig } from './soap.ts';
export type { TeamConfig } from './teams.ts';
export type { StatusPageConfig } from './status-page.ts';
export type { OidcConfig } from './console.ts';
