export {
  readConfig,
  type Config,
  type KeyConfig,
  type LimitConfig,
  type ModelConfig,
  type ProviderConfig,
  type ProviderDialect,
  type TimeoutsConfig,
} from './config.ts';
export {
  Failure,
  failureKinds,
  StartFailure,
  startFailureKinds,
  type FailureCode,
  type FailureKind,
  type StartFailureCode,
} from './failures.ts';
export type { Address } from './quantities.ts';
export type { ConfigMistake } from './references.ts';
