import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * Rules over addresses, compared as numbers, never as text: `::ffff:10.0.0.1` and `10.0.0.1` are
 * one address (RFC 4291, section 2.5.5.2).
 */
export type Networks = readonly [ipaddr.IPv4 | ipaddr.IPv6, number][];

/**
 * One spelling of an address is one address: `010.0.0.1` is 8.0.0.1 to some readers and `10.1` is
 * 10.0.0.1, which ipaddr.js knows too.
 */
const isAddress = (text: string): boolean => isIP(text) !== 0;

/** Reads ranges that the configuration schema has checked; an address alone is a range of one. */
export function networks(ranges: readonly string[]): Networks {
  return ranges.map((range) => {
    if (range.includes('/')) return canonicalRange(range);
    const address = ipaddr.process(range);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  });
}

/** An IPv4-mapped range is the IPv4 range it stands for, or it would never match. */
function canonicalRange(range: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  const [address, bits] = ipaddr.parseCIDR(range);
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= 96) {
    return [address.toIPv4Address(), bits - 96];
  }
  return [address, bits];
}

/** Whether an address lies in one of the ranges. What does not parse lies in none. */
export function contains(ranges: Networks, address: string): boolean {
  if (ranges.length === 0) return false;
  const parsed = parsedAddress(address);
  if (parsed === undefined) return false;
  return ranges.some(
    ([range, bits]) => parsed.kind() === range.kind() && parsed.match(range, bits),
  );
}

/** Addresses as they were read last: a caller is looked up in several rules, and comes again. */
const parsedOnes = new Map<string, ipaddr.IPv4 | ipaddr.IPv6>();
const MOST_PARSED = 1000;

function parsedAddress(address: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const known = parsedOnes.get(address);
  if (known !== undefined) return known;
  if (!isAddress(address)) return undefined;
  const parsed = ipaddr.process(address);
  if (parsedOnes.size >= MOST_PARSED) parsedOnes.clear();
  parsedOnes.set(address, parsed);
  return parsed;
}

/** Who may come, by where from. */
export interface NetworkRule {
  /** Empty means everywhere. */
  readonly allow: Networks;
  /** Counts before `allow`. */
  readonly deny: Networks;
}

export const networkRule = ({
  allow,
  deny,
}: Readonly<Record<keyof NetworkRule, readonly string[]>>): NetworkRule => ({
  allow: networks(allow),
  deny: networks(deny),
});

/** Whether a rule lets an address in; what does not parse is let in only where there is no rule. */
export function permits({ allow, deny }: NetworkRule, address: string): boolean {
  if (allow.length === 0 && deny.length === 0) return true;
  if (parsedAddress(address) === undefined || contains(deny, address)) return false;
  return allow.length === 0 || contains(allow, address);
}

/**
 * The caller's address. Forwarding headers count only as far as they were written by trusted
 * proxies: read from the right, the first address that is not one of them is the caller.
 * Undefined when a trusted proxy forwarded something that is no address.
 */
export function callerAddress(
  peer: string,
  forwardedFor: string | undefined,
  trusted: Networks,
): string | undefined {
  if (forwardedFor === undefined || !contains(trusted, peer)) return peer;
  const hops = forwardedFor.split(',');
  let caller = peer;
  for (let i = hops.length - 1; i >= 0; i -= 1) {
    caller = (hops[i] ?? '').trim();
    if (!isAddress(caller)) return undefined;
    if (!contains(trusted, caller)) break;
  }
  return caller;
}

/** One caller has a whole /64 of IPv6 addresses, and could use another for every call. */
export function household(address: string): string {
  if (!address.includes(':') || !isAddress(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  return `${parsed.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}
