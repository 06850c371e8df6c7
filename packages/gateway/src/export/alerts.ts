import { families, type FamilyName } from '../observe/families.ts';

/** One alert: when it fires, and what whoever is woken needs to know. */
export interface Alert {
  readonly name: string;
  readonly severity: 'critical' | 'warning';
  /** PromQL. */
  readonly expr: string;
  /** For how long it has to hold. */
  readonly for: string;
  /** One line; may hold templates of Prometheus. */
  readonly summary: string;
  readonly impact: string;
  /** What to do; also a heading of docs/runbook.md. */
  readonly action: string;
}

const m = (family: FamilyName): string => {
  const { name, type } = families[family];
  return type === 'counter' ? `${name}_total` : name;
};

export const alerts: readonly Alert[] = [
  {
    name: 'VitalgateDown',
    severity: 'critical',
    expr: 'up{job="vitalgate"} == 0',
    for: '1m',
    summary: 'Vitalgate at {{ $labels.instance }} does not answer its probes listener.',
    impact: 'Callers of this instance get no answer at all.',
    action: 'Look whether the process runs and what its last log lines say; restart it.',
  },
  {
    name: 'VitalgateNotReady',
    severity: 'critical',
    expr: `${m('ready')} == 0`,
    for: '1m',
    summary: 'Vitalgate at {{ $labels.instance }} asks for no requests.',
    impact: 'Load balancers send its callers elsewhere, or nowhere when it is the only one.',
    action: 'GET /health names the reason; a critical model without a target is the usual one.',
  },
  {
    name: 'VitalgateModelWithoutTarget',
    severity: 'critical',
    expr: `${m('modelStatus')}{status="fail"} == 1`,
    for: '30s',
    summary: 'No target of the model {{ $labels.model }} is usable.',
    impact: 'Every request for this model is refused with no_healthy_target.',
    action: 'See why its targets rest (vitalgate targets); add a target at another provider.',
  },
  {
    name: 'VitalgateTargetResting',
    severity: 'warning',
    expr: `${m('targetState')}{state="resting"} == 1`,
    for: '2m',
    summary: 'The target {{ $labels.target }} has rested for two minutes.',
    impact: 'Its share of requests goes to the other targets of its models.',
    action: 'GET /health/why/TARGET tells the evidence; the provider’s own status page the rest.',
  },
  {
    name: 'VitalgateCredentialResting',
    severity: 'warning',
    expr: `${m('credentialResting')} == 1`,
    for: '2m',
    summary:
      'The credential {{ $labels.credential }} of {{ $labels.provider }} is refused or used up.',
    impact: 'Requests go out with the provider’s other credentials, or not at all.',
    action: 'Renew it, or pay the bill; a reload of the configuration takes the new one up.',
  },
  {
    name: 'VitalgateErrors',
    severity: 'warning',
    expr:
      `sum by (model) (rate(${m('requests')}{outcome="failed"}[5m]))` +
      ` / sum by (model) (rate(${m('requests')}{outcome!="refused"}[5m])) > 0.05`,
    for: '5m',
    summary: 'More than 5 % of requests for {{ $labels.model }} fail.',
    impact: 'Callers see errors that no other target could prevent.',
    action: 'vitalgate_attempts_failed_total says at which target, and whose fault it is.',
  },
  {
    name: 'VitalgateLoopBlocked',
    severity: 'warning',
    expr: `${m('loopBlocked')} > 1`,
    for: '30s',
    summary: 'The main loop at {{ $labels.instance }} has not run for a second and more.',
    impact: 'Every caller of this instance waits.',
    action: 'A CPU profile shows what runs; very large bodies are the usual reason.',
  },
  {
    name: 'VitalgateConfigNotApplied',
    severity: 'warning',
    expr: `${m('configApplied')} == 0`,
    for: '5m',
    summary: 'The configuration file of {{ $labels.instance }} has a mistake.',
    impact: 'What was changed in the file is not in force.',
    action: 'vitalgate check-config FILE tells every mistake with its line.',
  },
  {
    name: 'VitalgateStoreDown',
    severity: 'warning',
    expr: `${m('storeUp')} == 0`,
    for: '1m',
    summary: 'The store does not answer {{ $labels.instance }}.',
    impact:
      'Calls go on with the keys last known, for storeGrace; new keys are told to wait, revoked ones still work.',
    action:
      'Bring the store back; nothing else is to be done. The ledger waits in the spool and is taken up by itself.',
  },
  {
    name: 'VitalgateLedgerWaiting',
    severity: 'warning',
    expr: `${m('rowsWaiting')} > 64 * 1024 * 1024`,
    for: '5m',
    summary: 'The store takes no ledger rows of {{ $labels.instance }}.',
    impact:
      'Rows gather in the spool, about 2 million to a GiB; none is lost while its disk has room.',
    action: 'The log says why the store refuses; free its disk, or give the spool more room.',
  },
  {
    name: 'VitalgateLedgerLosing',
    severity: 'critical',
    expr: `increase(${m('rowsLost')}[10m]) > 0`,
    for: '0s',
    summary: 'Ledger rows of {{ $labels.instance }} could be kept neither on disk nor in memory.',
    impact: 'What these requests cost is not accounted.',
    action: 'Free space on the disk of the store; rows in memory are written when there is room.',
  },
];

/** Where an alert is explained: a heading of the runbook. */
export const runbookOf = ({ name }: Alert): string => `docs/runbook.md#${name.toLowerCase()}`;
