/**
 * Every metric family there is. What counts, what is exposed, the alert rules and the dashboard all
 * name families through this table, so that none of them can drift from the others.
 */
export interface FamilyDefinition {
  /** Without the `_total` of a counter. */
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
}

export type FamilyName =
  | 'requests'
  | 'attemptsFailed'
  | 'tokens'
  | 'requestDuration'
  | 'firstByte'
  | 'streamPause'
  | 'outputPace'
  | 'reloads'
  | 'recalled'
  | 'targetChanges'
  | 'guarded'
  | 'ready'
  | 'uptime'
  | 'inFlight'
  | 'connectionsRefused'
  | 'rowsLost'
  | 'rowsWaiting'
  | 'rowsSpoiled'
  | 'capturesKept'
  | 'capturesLost'
  | 'storeUp'
  | 'configApplied'
  | 'modelStatus'
  | 'apiStatus'
  | 'apiBytes'
  | 'apiMismatches'
  | 'targetState'
  | 'targetShare'
  | 'canarySpend'
  | 'credentialResting'
  | 'loopBlocked'
  | 'buildInfo'
  | 'load'
  | 'cpu'
  | 'residentMemory'
  | 'startTime'
  | 'openFiles'
  | 'heapUsed'
  | 'heapTotal'
  | 'external'
  | 'loopUtilization';

export const families: Readonly<Record<FamilyName, FamilyDefinition>> = {
  recalled: {
    name: 'vitalgate_cache_lookups',
    type: 'counter',
    help: 'Requests for what remembers answers, by whether one was there.',
    labels: ['name', 'result'],
  },
  requests: {
    name: 'vitalgate_requests',
    type: 'counter',
    help: 'Requests, by how they ended: completed, refused for the caller’s own sake, failed, abandoned.',
    labels: ['dialect', 'operation', 'model', 'status', 'outcome'],
  },
  attemptsFailed: {
    name: 'vitalgate_attempts_failed',
    type: 'counter',
    help: 'Attempts at a target that failed, by whose fault it was.',
    labels: ['target', 'fault', 'reason'],
  },
  tokens: {
    name: 'vitalgate_tokens',
    type: 'counter',
    help: 'Tokens as the providers counted them.',
    labels: ['target', 'kind'],
  },
  requestDuration: {
    name: 'vitalgate_request_duration_seconds',
    type: 'histogram',
    help: 'From arrival to the last byte.',
    labels: ['operation', 'model'],
  },
  firstByte: {
    name: 'vitalgate_first_byte_seconds',
    type: 'histogram',
    help: 'From asking a target to its first byte.',
    labels: ['target'],
  },
  streamPause: {
    name: 'vitalgate_stream_longest_pause_seconds',
    type: 'histogram',
    help: 'The longest silence between two pieces of a streamed answer.',
    labels: ['target'],
  },
  outputPace: {
    name: 'vitalgate_output_tokens_per_second',
    type: 'histogram',
    help: 'How fast a streamed answer came, from its first piece to its last.',
    labels: ['target'],
  },
  reloads: {
    name: 'vitalgate_config_reloads',
    type: 'counter',
    help: 'Reloads of the configuration file, by whether they were applied.',
    labels: ['result'],
  },
  targetChanges: {
    name: 'vitalgate_target_changes',
    type: 'counter',
    help: 'Changes of state, by target, new state and reason.',
    labels: ['target', 'state', 'reason'],
  },
  guarded: {
    name: 'vitalgate_guardrail_finds',
    type: 'counter',
    help: 'What guardrails found, by what they did about it.',
    labels: ['guardrail', 'side', 'action', 'kind'],
  },
  ready: {
    name: 'vitalgate_ready',
    type: 'gauge',
    help: 'Whether requests should be sent here.',
    labels: [],
  },
  uptime: {
    name: 'vitalgate_uptime_seconds',
    type: 'gauge',
    help: 'Since the start of the process.',
    labels: [],
  },
  inFlight: {
    name: 'vitalgate_requests_in_flight',
    type: 'gauge',
    help: 'Requests being handled.',
    labels: [],
  },
  connectionsRefused: {
    name: 'vitalgate_connections_refused',
    type: 'gauge',
    help: 'Connections of callers since the start that were closed because there were as many as may be.',
    labels: [],
  },
  rowsLost: {
    name: 'vitalgate_ledger_rows_lost',
    type: 'gauge',
    help: 'Rows that neither disk nor memory could keep.',
    labels: [],
  },
  rowsWaiting: {
    name: 'vitalgate_ledger_waiting_bytes',
    type: 'gauge',
    help: 'Ledger rows that are safe on disk and not yet in the store.',
    labels: [],
  },
  rowsSpoiled: {
    name: 'vitalgate_ledger_rows_spoiled',
    type: 'gauge',
    help: 'Ledger rows since the start that the store can never take.',
    labels: [],
  },
  capturesKept: {
    name: 'vitalgate_captures_kept',
    type: 'gauge',
    help: 'Calls since the start whose prompts and answers were kept.',
    labels: [],
  },
  capturesLost: {
    name: 'vitalgate_captures_lost',
    type: 'gauge',
    help: 'Calls whose prompts and answers were to be kept and were not: since the start, and at the kill before it.',
    labels: [],
  },
  storeUp: {
    name: 'vitalgate_store_up',
    type: 'gauge',
    help: 'Whether the store answers.',
    labels: [],
  },
  configApplied: {
    name: 'vitalgate_config_applied',
    type: 'gauge',
    help: 'Whether the configuration in use is the one in the file.',
    labels: [],
  },
  modelStatus: {
    name: 'vitalgate_model_status',
    type: 'gauge',
    help: 'How well each model can be served; the status it has is 1.',
    labels: ['model', 'status'],
  },
  apiStatus: {
    name: 'vitalgate_api_status',
    type: 'gauge',
    help: 'How well each HTTP API can be served; the status it has is 1.',
    labels: ['api', 'status'],
  },
  apiBytes: {
    name: 'vitalgate_api_body_bytes',
    type: 'counter',
    help: 'Bytes of bodies passed on, to upstreams (request) and to callers (answer).',
    labels: ['api', 'direction'],
  },
  apiMismatches: {
    name: 'vitalgate_api_mismatches',
    type: 'counter',
    help: 'Messages of HTTP APIs that are not as their description says.',
    labels: ['api', 'direction'],
  },
  targetState: {
    name: 'vitalgate_target_state',
    type: 'gauge',
    help: 'State of each target; the one it is in is 1.',
    labels: ['target', 'state'],
  },
  targetShare: {
    name: 'vitalgate_target_share',
    type: 'gauge',
    help: 'Share of its normal traffic a target is given, 0 to 1.',
    labels: ['target'],
  },
  canarySpend: {
    name: 'vitalgate_canary_spend_usd',
    type: 'gauge',
    help: 'US dollars that paid looks at a provider have cost today (UTC), at most.',
    labels: ['provider'],
  },
  credentialResting: {
    name: 'vitalgate_credential_resting',
    type: 'gauge',
    help: 'Whether a credential of a provider rests as a whole, refused or used up.',
    labels: ['provider', 'credential'],
  },
  loopBlocked: {
    name: 'vitalgate_event_loop_blocked_seconds',
    type: 'gauge',
    help: 'For how long the main loop has not run.',
    labels: [],
  },
  buildInfo: {
    name: 'vitalgate_build_info',
    type: 'gauge',
    help: 'Always 1; its labels say what is running.',
    labels: ['version', 'node'],
  },
  load: {
    name: 'vitalgate_host_load_average',
    type: 'gauge',
    help: 'Load average of the machine, over so many minutes.',
    labels: ['minutes'],
  },
  cpu: {
    name: 'process_cpu_seconds',
    type: 'counter',
    help: 'User and system time of the process.',
    labels: [],
  },
  residentMemory: {
    name: 'process_resident_memory_bytes',
    type: 'gauge',
    help: 'Resident memory of the process.',
    labels: [],
  },
  startTime: {
    name: 'process_start_time_seconds',
    type: 'gauge',
    help: 'Start of the process, in seconds since 1970.',
    labels: [],
  },
  openFiles: {
    name: 'process_open_fds',
    type: 'gauge',
    help: 'Open file descriptors; absent where the system does not tell.',
    labels: [],
  },
  heapUsed: {
    name: 'nodejs_heap_size_used_bytes',
    type: 'gauge',
    help: 'Heap in use.',
    labels: [],
  },
  heapTotal: {
    name: 'nodejs_heap_size_total_bytes',
    type: 'gauge',
    help: 'Heap reserved.',
    labels: [],
  },
  external: {
    name: 'nodejs_external_memory_bytes',
    type: 'gauge',
    help: 'Memory of buffers outside the heap.',
    labels: [],
  },
  loopUtilization: {
    name: 'nodejs_eventloop_utilization',
    type: 'gauge',
    help: 'Share of time the main loop was busy since the last scrape, 0 to 1.',
    labels: [],
  },
};
