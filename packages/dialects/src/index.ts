export type { ToldFailure } from './failure.ts';
export { replaceModel, scanRequest, type ScanFailure, type ScannedRequest } from './scan.ts';
export { endOfLastEvent } from './sse.ts';
export { readJson, unknownUsage, type Usage } from './usage.ts';
export { MALFORMED, type StreamFailure, type StreamWatch } from './watch.ts';
export { endpoint, wires, type Operation, type Wire, type WireDialect } from './wire.ts';
