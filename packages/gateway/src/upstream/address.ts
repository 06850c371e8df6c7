import { lookup, type LookupAddress } from 'node:dns';
import { BlockList, type LookupFunction } from 'node:net';
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
 * Cloud metadata services hand out credentials to whoever asks from the machine. They are refused
 * even where private addresses are allowed, as vendors' pages on their instance metadata name them.
 */
const METADATA = new BlockList();
// All of it (RFC 3927): AWS, Azure, Google, OpenStack, and the credentials of AWS's containers.
METADATA.addSubnet('169.254.0.0', 16);
// AWS and Google by IPv6; OpenStack's.
METADATA.addSubnet('fd00:ec2::', 32, 'ipv6');
METADATA.addSubnet('fd20:ce::', 32, 'ipv6');
METADATA.addAddress('fe80::a9fe:a9fe', 'ipv6');
// Azure's WireServer, Alibaba's, Oracle's.
METADATA.addAddress('168.63.129.16');
METADATA.addAddress('100.100.100.200');
METADATA.addAddress('192.0.0.192');

/** Where a network translates addresses, what is behind one of these is the IPv4 address in it. */
const NAT64 = ipaddr.parseCIDR('64:ff9b::/96');
const COMPATIBLE = ipaddr.parseCIDR('::/96');

/** The range that forbids dialling `address`, or undefined when it may be dialled. */
export function forbidden(address: string, mayBePrivate: boolean): string | undefined {
  const [bare = ''] = address.split('%');
  if (!ipaddr.isValid(bare)) return 'not an address';
  // Unwraps ::ffff:a.b.c.d, and says "loopback", "private", "6to4" and so on of the rest.
  const parsed = ipaddr.process(bare);
  const inner = parsed instanceof ipaddr.IPv6 ? embedded(parsed) : undefined;
  const behind = inner === undefined ? undefined : forbidden(inner, mayBePrivate);
  if (behind !== undefined) return behind;
  const range = parsed.range();
  const isMetadata = METADATA.check(parsed.toString(), parsed.kind());
  if (isMetadata || NEVER.has(range)) return range === 'unicast' ? 'a metadata service' : range;
  if (mayBePrivate) return undefined;
  if (inner !== undefined && parsed.match(NAT64)) return undefined;
  if (inner !== undefined && range === 'unicast') return 'reserved';
  return range === 'unicast' ? undefined : range;
}

/** The IPv4 address that an IPv6 address stands for (RFC 6052, 7915, 3056, 4380, 4291). */
function embedded(address: ipaddr.IPv6): string | undefined {
  const bytes = address.toByteArray();
  const at = (start: number) => bytes.slice(start, start + 4).join('.');
  const isCompatible = address.match(COMPATIBLE);
  switch (address.range()) {
    case 'rfc6052':
    case 'rfc6145':
      return at(12);
    case '6to4':
      return at(2);
    case 'teredo':
      return bytes
        .slice(12)
        .map((byte) => byte ^ 0xff)
        .join('.');
    case 'unicast':
      return isCompatible ? at(12) : undefined;
    default:
      return undefined;
  }
}

type Resolve = (
  hostname: string,
  options: { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Names that are being resolved. One question serves all who wait for its answer: each takes one of
 * the few threads that read files as well, and a resolver that hangs would soon have them all.
 */
export class Names {
  readonly #waiting = new Map<string, Parameters<Resolve>[2][]>();

  get areResolving(): boolean {
    return this.#waiting.size > 0;
  }

  readonly resolve: Resolve = (hostname, options, callback) => {
    const others = this.#waiting.get(hostname);
    if (others !== undefined) {
      others.push(callback);
      return;
    }
    const all = [callback];
    this.#waiting.set(hostname, all);
    lookup(hostname, options, (error, addresses) => {
      this.#waiting.delete(hostname);
      for (const one of all) one(error, addresses);
    });
  };
}

/**
 * A `lookup` for sockets that resolves a name once and hands on only addresses that may be dialled:
 * the checked address is the dialled one, so a second DNS answer cannot differ.
 */
export function guardedLookup(mayBePrivate: boolean, ask: Resolve = lookup): LookupFunction {
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
