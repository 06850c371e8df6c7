export type { Clock } from './clock.ts';
export { SimulatorError, type SimulatorErrorCode } from './errors.ts';
export type { Effect, Fault } from './fault/fault.ts';
export type { FaultFilter, StandingFault } from './fault/fault-set.ts';
export { parseFaults } from './fault/read.ts';
export type { Ending, JournalEntry } from './journal.ts';
export { type Simulator, type SimulatorOptions, startSimulator } from './simulator.ts';
