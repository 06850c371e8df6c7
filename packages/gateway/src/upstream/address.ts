import { lookup as resolve } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Why an address may not be dialled: its range by the IANA special-purpose registries. */
export class ForbiddenAddress extends Error {
  readonly code = 'ERR_FORBIDDEN_ADDRESS';
  constructor(range: string) {
    super(`the address is ${range}; a provider on such an address needs private: true`);
    this.name = 'ForbiddenAddress';
  }
}

/** What a private provider may not reach either: these never are a provider. */
const NEVER = new Set(['unspecified', 'broadcast', 'multicast']);

/**
 * Cloud metadata services hand out credentials to whoever asks from the machine (RFC 3927 range;
 * the IPv6 one is AWS's). They are refused even where private addresses are allowed.
 */
const METADATA = new Set(['169.254.169.254', 'fd00:ec2::254', '100.100.100.200']);

/** The range that forbids dialling `address`, or undefined when it may be dialled. */
export function forbidden(address: string, mayBePrivate: boolean): string | undefined {
  if (!ipaddr.isValid(address)) return 'not an address';
  // Unwraps ::ffff:a.b.c.d, and says "loopback", "private", "rfc6052" and so on of the rest.
  const parsed = ipaddr.process(address);
  const range = parsed.range();
  if (METADATA.has(parsed.toString()) || NEVER.has(range)) return range;
  return range === 'unicast' || mayBePrivate ? undefined : range;
}

/**
 * A `lookup` for sockets that resolves a name once and hands on only addresses that may be dialled:
 * the checked address is the dialled one, so a second DNS answer cannot differ.
 */
export function guardedLookup(
  mayBePrivate: boolean,
  ask: typeof resolve = resolve,
): LookupFunction {
  return (hostname, options, callback) => {
    ask(hostname, { all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      for (const { address } of addresses) {
        const range = forbidden(address, mayBePrivate);
        if (range !== undefined) return callback(new ForbiddenAddress(range), []);
      }
      const [first] = addresses;
      if (options.all === true || first === undefined) return callback(null, addresses);
      return callback(null, first.address, first.family);
    });
  };
}
