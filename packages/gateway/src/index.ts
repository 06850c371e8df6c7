export { mistakesInDescriptions } from './apis/described-files.ts';
export { describeMistakes, parseConfig, type PlacedMistake } from './config/load.ts';
export { readConfiguration } from './config/read.ts';
export { hasTeam } from './config/teams.ts';
export type { DrillRunner, DrillScore } from './admin/drills.ts';
export type { Gateway, StartOptions, StopOptions, WorkerOptions } from './gateway.ts';
export { startGateway } from './main.ts';
export type { PrimaryMessage, WorkerMessage } from './workers/messages.ts';
export { llamaFolder } from './local/llama.ts';
export { LocalModel } from './local/model.ts';
export { LimitOffice } from './workers/office.ts';
export { rotateSecrets } from './store/rotate-secrets.ts';
export { openStore, type Store } from './store/database.ts';
export {
  costGroups,
  costsBy,
  readLedger,
  type CostGroup,
  type LedgerFilter,
  type NamedRow,
} from './store/ledger-read.ts';
export { createKey, listKeys, revokeKey, rotateKey, type KeyListing } from './store/keys.ts';
export { alerts, type Alert } from './export/alerts.ts';
export { grafanaDashboard } from './export/grafana-dashboard.ts';
export { kubernetesProbes } from './export/kubernetes.ts';
export { prometheusRules } from './export/prometheus-rules.ts';
