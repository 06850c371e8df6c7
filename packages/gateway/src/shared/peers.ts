import { ownGate, type LimitGate } from '../access/limits/gate.ts';

/** The other instances, as far as this one knows of them. */
export interface Peers {
  /** Asked before each call. */
  readonly gate: LimitGate;
  /** Why they cannot be asked; undefined while they can, or when there are none. */
  readonly problem: string | undefined;
  /** Takes up what they have said last of targets, some of which may only now be known here. */
  catchUp(): void;
  close(): void;
}

/** An instance that shares nothing. */
export const noPeers: Peers = { gate: ownGate, problem: undefined, catchUp() {}, close() {} };
