import { Resolver } from 'node:dns/promises';
import { asking, well, type Found } from './asking.ts';
import type { Look } from './outcome.ts';

export interface DnsCheck {
  readonly host: string;
  /** `A` when not given. */
  readonly type?: 'A' | 'AAAA' | 'CNAME' | 'MX' | 'NS' | 'PTR' | 'SRV' | 'TXT';
  /** Addresses of the servers to ask, each with an optional port; the system's when not given. */
  readonly servers?: readonly string[];
  /** What a good answer is: undefined for good, or a public reason code. */
  readonly expect?: (records: readonly unknown[]) => string | undefined;
}

/** Well when a name server answers with at least one record. The hosts file is not asked. */
export function dns(check: DnsCheck): Look {
  const { host, type = 'A', servers, expect } = check;
  return asking(async (signal) => {
    const resolver = new Resolver({ tries: 1 });
    if (servers !== undefined) resolver.setServers(servers);
    const cancel = (): void => resolver.cancel();
    signal.addEventListener('abort', cancel);
    const answer: unknown = await resolver
      .resolve(host, type)
      .finally(() => signal.removeEventListener('abort', cancel));
    const records = [answer].flat();
    const reason = records.length === 0 ? 'dns_not_found' : expect?.(records);
    return reason === undefined ? well : unexpected(reason);
  });
}

function unexpected(reason: string): Found {
  return { status: 'fail', reason, fault: 'provider' };
}
