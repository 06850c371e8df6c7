import { asking, well } from './asking.ts';
import type { Look } from './outcome.ts';

/** The part of a MongoClient that is used. */
export interface MongoClient {
  db(name: string): { command(command: { ping: 1 }): Promise<unknown> };
}

/** Well when MongoDB answers a `ping`, which needs no privilege and takes no lock. */
export function mongodb(client: MongoClient): Look {
  return asking(async () => {
    await client.db('admin').command({ ping: 1 });
    return well;
  });
}
