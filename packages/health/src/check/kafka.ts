import { asking, type Found } from './asking.ts';
import type { Look } from './outcome.ts';

/** The part of a connected admin client of kafkajs (or its compatible successors) that is used. */
export interface KafkaAdmin {
  describeCluster(): Promise<{ brokers: readonly unknown[]; controller: number | null }>;
}

export interface KafkaCheck {
  /** Fewer brokers than this are a warning; 1 when not given. */
  readonly brokers?: number;
}

/** Well when the cluster describes itself, with a controller and enough brokers. */
export function kafka(admin: KafkaAdmin, { brokers: atLeast = 1 }: KafkaCheck = {}): Look {
  return asking(async (): Promise<Found> => {
    const { brokers, controller } = await admin.describeCluster();
    const measured = [{ name: 'brokers', value: brokers.length }];
    if (controller === null || controller < 0) {
      return { status: 'fail', reason: 'no_controller', fault: 'provider', measured };
    }
    const isShort = brokers.length < atLeast;
    return isShort
      ? { status: 'warn', reason: 'brokers_missing', measured }
      : { status: 'pass', measured };
  });
}
