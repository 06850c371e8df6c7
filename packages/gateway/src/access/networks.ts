import ipaddr from 'ipaddr.js';

/**
 * Rules over addresses, compared as numbers, never as text: `::ffff:10.0.0.1` and `10.0.0.1` are
 * one address (RFC 4291, section 2.5.5.2).
 */
export type Networks = readonly [ipaddr.IPv4 | ipaddr.IPv6, number][];

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
  if (ranges.length === 0 || !ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  return ranges.some(
    ([range, bits]) => parsed.kind() === range.kind() && parsed.match(range, bits),
  );
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
    if (!ipaddr.isValid(caller)) return undefined;
    if (!contains(trusted, caller)) break;
  }
  return caller;
}
